#!/usr/bin/env python3
"""Writes a C++ file that holds the bytes of other files, so that the program needs no data beside it.

The result defines `std::span<const braid::embedded::File> braid::embedded::FUNCTION()` with one
{name, text} per file, in the order given; names are paths relative to --root. Same input, same bytes.
"""
import argparse
import os
import sys

LINE = 100  # characters of one literal; no compiler limit is near


def literals(data: bytes) -> str:
    """`data` as adjacent string literals, every byte that is not plain printable ASCII escaped in octal."""
    plain = set(range(0x20, 0x7F)) - set(b'"\\?')
    lines, line = [], ""
    for byte in data:
        # Always three octal digits: a digit that follows cannot join the escape.
        line += chr(byte) if byte in plain else "\\n" if byte == 0x0A else f"\\{byte:03o}"
        if byte == 0x0A or len(line) >= LINE:
            lines.append(line)
            line = ""
    if line or not lines:
        lines.append(line)
    return "\n".join(f'     "{text}"' for text in lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--function", required=True, help="name of the function to define")
    parser.add_argument("--root", required=True, help="names are relative to this folder")
    parser.add_argument("--output", required=True)
    parser.add_argument("files", nargs="+")
    arguments = parser.parse_args()

    rows = []
    for path in arguments.files:
        name = os.path.relpath(path, arguments.root).replace(os.sep, "/")
        with open(path, "rb") as file:
            data = file.read()
        rows.append(f'    {{"{name}",\n     std::string_view(\n{literals(data)},\n     {len(data)})}},\n')
    text = f"""// Written by tools/embed.py.
#include <span>
#include <string_view>

namespace braid::embedded {{

struct File {{
  std::string_view name, text;
}};

std::span<const File> {arguments.function}() {{
  static constexpr File kFiles[] = {{
{"".join(rows)}  }};
  return kFiles;
}}

}} // namespace braid::embedded
"""
    with open(arguments.output, "w", encoding="ascii", newline="\n") as out:
        out.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
