// Weights of a unit as a stream: the words of a memory, from address 0 to DEPTH - 1 and over again, one word a cycle.
//
// INIT_FILE is a memblock.dat: a hexadecimal number a line, DEPTH lines. RAM_STYLE is Vivado's: auto, distributed,
// block or ultra. A memory of style ultra has no contents before it is written (UltraScale+ URAM cannot be
// initialised): in synthesis the file is left out. A memory without contents gives nothing before its last word has been
// written for the first time.
//
// The memory has one port. config_ce takes it for a cycle: to write a word, or (config_we = 0) to read one, which
// stands on config_q0 in the next cycle, with config_rack. The stream waits meanwhile and loses nothing: words that
// the consumer has not seen yet are read again, so that they are those of after a write.
(* keep_hierarchy = "yes" *) // a cell of its own, for floorplans
module memstream #(
    parameter DEPTH = 512,
    parameter WIDTH = 32,
    parameter INIT_FILE = "",
    parameter RAM_STYLE = "auto"
) (
    input  wire             clk,
    input  wire             rst,

    input  wire             config_ce,
    input  wire             config_we,
    input  wire [31:0]      config_address,  // of a word, below DEPTH
    input  wire [WIDTH-1:0] config_d0,
    output reg              config_rack,
    output wire [WIDTH-1:0] config_q0,

    input  wire             ordy,
    output reg              ovld,
    output reg  [WIDTH-1:0] odat
);

  localparam ADDRESS_BITS = DEPTH < 2 ? 1 : $clog2(DEPTH);
  localparam [ADDRESS_BITS-1:0] LAST = DEPTH - 1;

  (* ram_style = RAM_STYLE *) reg [WIDTH-1:0] memory[0:DEPTH-1];

`ifdef SYNTHESIS
  localparam INITIALISED = RAM_STYLE != "ultra" && INIT_FILE != "";
`else
  localparam INITIALISED = INIT_FILE != "";
`endif
  generate
    if (INITIALISED) begin : contents
      initial $readmemh(INIT_FILE, memory);
    end
  endgenerate

  reg                    filled = INITIALISED;  // stays through resets, as the memory does
  always @(posedge clk) if (config_ce && config_we && config_address[ADDRESS_BITS-1:0] == LAST) filled <= 1;

  reg [ADDRESS_BITS-1:0] next;      // to read for the stream
  reg [ADDRESS_BITS-1:0] fetched;   // read last, now in `word`
  reg                    fetched_valid;
  reg [WIDTH-1:0]        word;

  assign config_q0 = word;

  wire moves = !ovld || ordy;               // `word` may go to the output
  wire reads = !fetched_valid || moves;     // `word` may be overwritten

  wire [ADDRESS_BITS-1:0] address = config_ce ? config_address[ADDRESS_BITS-1:0] : next;

  always @(posedge clk) begin
    if (config_ce && config_we) memory[address] <= config_d0;
    if (config_ce || reads) word <= memory[address];
  end

  always @(posedge clk) begin
    if (rst) begin
      next <= 0;
      fetched_valid <= 0;
      config_rack <= 0;
      ovld <= 0;
    end else begin
      config_rack <= config_ce && !config_we;
      if (config_ce) begin
        // What stood in `word` is gone: it has moved on, or is read again.
        if (!reads) next <= fetched;
        fetched_valid <= 0;
      end else if (reads && filled) begin
        next <= next == LAST ? {ADDRESS_BITS{1'b0}} : next + 1'b1;
        fetched_valid <= 1;
      end
      if (moves) ovld <= fetched_valid;
    end
    if (!config_ce && reads) fetched <= next;
    if (moves) odat <= word;
  end

endmodule
