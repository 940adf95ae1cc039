#!/usr/bin/env python3
"""Writes upstream.md, which template calls were compiled against which finn-hlslib: upstream.py FOLDER REVISION.

FOLDER holds what run.sh leaves of the programs: PROGRAM.first (ours), PROGRAM.upstream.out, fault.upstream.N."""
import re
import sys
from pathlib import Path

FLAG = r"(?P<flag>true|false)"
# What a case calls: its name's pattern, and the template, or the one for each value of `flag`.
CALLS = [
    (rf"matrix<.*,{FLAG},\w+>$", {"false": "Matrix_Vector_Activate_Batch", "true": "Matrix_Vector_Activate_Stream_Batch"}),
    (rf"vectors<.*,{FLAG},\w+>$", {"false": "Vector_Vector_Activate_Batch", "true": "Vector_Vector_Activate_Stream_Batch"}),
    (r"square<(?P<flag>\w+),", {"Square": "ConvolutionInputGenerator[_kernel_stride]", "SquareDws": "ConvolutionInputGenerator[_kernel_stride]_dws"}),
    (rf"nonSquare<{FLAG},", {"false": "ConvolutionInputGenerator_NonSquare", "true": "ConvolutionInputGenerator_NonSquare_dws"}),
    (r"dilated<", "ConvolutionInputGenerator_NonSquare_Dilated"),
    (r"line<(?P<flag>\w+),", {"Plain": "ConvolutionInputGenerator_1D", "Dws": "ConvolutionInputGenerator_1D_dws",
                              "DwsStride": "ConvolutionInputGenerator_1D_dws_stride", "DwsNaive": "ConvolutionInputGenerator_1D_dws_naive"}),
    (r"parallel<", "ConvolutionInputGenerator_1D_parallel"),
    (rf"downsample<{FLAG},", {"true": "ConvolutionInputGenerator_2D_kernel1", "false": "ConvolutionInputGenerator_1D_kernel1"}),
    (r"padSquare<", "FMPadding_Batch"), (r"padNonSquare<", "FMPadding_nonsquare_Batch"), (r"padPixels<", "FMPadding_Pixel_Nonsquare"),
    (rf"upsample<{FLAG},", {"true": "UpsampleNearestNeighbour_Batch", "false": "UpsampleNearestNeighbour_1D"}),
    (r"convert<", "StreamingDataWidthConverter_Batch"), (r"duplicate<", "DuplicateStreams_Batch"), (r"limit<", "StreamLimiter_Batch"),
    (r"cast<", "StreamingCast"), (r"memory<", "Stream2Mem_Batch, Mem2Stream_Batch[_external_wmem]"),
    (r"qdma<", "Stream2Qdma_Batch, Qdma2Stream_Batch"),
    (r"thresholds<", "Thresholding_Batch of ThresholdsActivation"), (r"streamedThresholds<", "Thresholding_Stream_Batch"),
    (r"channelwise<", "Thresholding_Batch of ChannelWiseOperation"), (r"add<", "AddStreams_Batch"), (r"eltwise<", "StreamingEltwise"),
    (r"maxBits<", "StreamingMaxPool_Batch"), (r"maxNumbers<", "StreamingMaxPool_Precision"), (r"maxFolded<", "StreamingMaxPool_Precision_Batch"),
    (r"maxLine<", "StreamingMaxPool_Precision_Batch_1d"), (r"sums<", "AccPool_Batch"), (r"labels<", "LabelSelect_Batch"),
    (r"pool<(?P<flag>\w+),", {"Largest": "Pool_batch of MaxPoolFunction", "Sum": "Pool_batch of AccPoolFunction", "Mean": "Pool_batch of AvgPoolFunction",
                              "Shifted": "Pool_batch of QuantAvgPoolFunction"}),
]


def call(case):
    for pattern, template in CALLS:
        found = re.match(pattern, case)
        if found:
            return template if isinstance(template, str) else template[found.group("flag")]
    raise ValueError(case)


def cases(path):
    """A program's lines by the case that they are of, without what follows the case's name."""
    lines = path.read_text().splitlines() if path.exists() else []
    return {re.sub(r" (?:ok|WRONG) .*", "", line): line for line in lines}


def main():
    folder, revision = Path(sys.argv[1]), sys.argv[2]
    compiled, equal, total = {}, {}, {}
    for program in ("matrix", "vectors", "windows", "streams", "elements", "pools"):
        theirs = cases(folder / f"{program}.upstream.out")
        for case, line in cases(folder / f"{program}.first").items():
            if not case.endswith(">"):
                continue  # a second line of the same call
            template = call(case)
            total[template] = total.get(template, 0) + 1
            compiled[template] = compiled.get(template, 0) + (case in theirs)
            equal[template] = equal.get(template, 0) + (theirs.get(case) == line)
    print("# Calls compiled against finn-hlslib\n")
    print(f"Revision {revision}. Written by `FINN_HLSLIB=<checkout> tests/hls_finn/run.sh --update`; the configurations are those of")
    print("`configs.py` with seed 1, the types `targets/hls/include`'s, the compiler g++ as C++14. A result is every lane of every")
    print("word of all frames, and that no word is left over.\n")
    print("| template | configurations | compiled | equal to ours |\n|---|--:|--:|--:|")
    for _, templates in CALLS:
        for template in [templates] if isinstance(templates, str) else templates.values():
            print(f"| `{template}` | {total.get(template, 0)} | {compiled.get(template, 0)} | {equal.get(template, 0)} |")
    print("\nCases that finn-hlslib gets wrong and ours gets right (`faults.cpp`):\n\n| case | finn-hlslib |\n|---|---|")
    for path in sorted(folder.glob("fault.upstream.*"), key=lambda path: int(path.suffix[1:])):
        ours = (folder / path.name.replace("upstream", "ours")).read_text()
        name = re.sub(r" ok .*", "", ours.splitlines()[0])
        theirs = path.read_text()
        result = "reads words that are not there" if "while empty" in theirs else "wrong values" if "; at " in theirs else theirs.strip()
        print(f"| {name} | {result}{', and leaves words over' if 'left over' in theirs else ''} |")


if __name__ == "__main__":
    main()
