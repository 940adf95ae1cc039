// A first-in first-out queue between two AXI4-Streams: up to DEPTH words (2 or more), one in and one out in every
// cycle. Its ports are those of FINN's StreamingFIFO. `count` is how many words it holds, `maxcount` the most that it
// has held since reset: the depth that would have been enough.
//
// One word stands in the output register, the others in a ring of DEPTH - 1 words; one that comes while the ring is
// empty and the output free goes straight to the output. RAM_STYLE is Vivado's: auto, distributed, block or ultra.
(* keep_hierarchy = "yes" *) // a cell of its own, for floorplans
module fifo #(
    parameter DEPTH = 32,
    parameter WIDTH = 8,
    parameter RAM_STYLE = "auto"
) (
    (* X_INTERFACE_PARAMETER = "ASSOCIATED_BUSIF in0_V:out_V, ASSOCIATED_RESET ap_rst_n" *)
    (* X_INTERFACE_INFO = "xilinx.com:signal:clock:1.0 ap_clk CLK" *)
    input  wire                       ap_clk,
    (* X_INTERFACE_PARAMETER = "POLARITY ACTIVE_LOW" *)
    input  wire                       ap_rst_n,

    output reg  [$clog2(DEPTH+1)-1:0] count,
    output reg  [$clog2(DEPTH+1)-1:0] maxcount,

    output reg                        in0_V_TREADY,
    input  wire                       in0_V_TVALID,
    input  wire [WIDTH-1:0]           in0_V_TDATA,

    input  wire                       out_V_TREADY,
    output reg                        out_V_TVALID,
    output wire [WIDTH-1:0]           out_V_TDATA
);

  localparam COUNT_BITS = $clog2(DEPTH + 1);
  localparam RING = DEPTH - 1;
  localparam ADDRESS_BITS = RING < 2 ? 1 : $clog2(RING);
  localparam [ADDRESS_BITS-1:0] LAST = RING - 1;

  (* ram_style = RAM_STYLE *) reg [WIDTH-1:0] ring[0:RING-1];
  reg [ADDRESS_BITS-1:0] write_at;
  reg [ADDRESS_BITS-1:0] read_at;
  reg                    ring_empty;

  wire push = in0_V_TVALID && in0_V_TREADY;
  wire pop = out_V_TVALID && out_V_TREADY;
  wire takes = !out_V_TVALID || pop;             // the output takes a word, if there is one
  wire from_ring = takes && !ring_empty;
  wire straight = takes && ring_empty && push;
  wire to_ring = push && !straight;

  // The output register is the memory's own, or one beside it for words that go straight.
  reg [WIDTH-1:0] ring_word;
  reg [WIDTH-1:0] straight_word;
  reg             was_straight;
  assign out_V_TDATA = was_straight ? straight_word : ring_word;

  always @(posedge ap_clk) begin
    if (to_ring) ring[write_at] <= in0_V_TDATA;
    if (from_ring) ring_word <= ring[read_at];
    if (straight) straight_word <= in0_V_TDATA;
    if (from_ring || straight) was_straight <= straight;
  end

  function [ADDRESS_BITS-1:0] after(input [ADDRESS_BITS-1:0] at);
    after = at == LAST ? {ADDRESS_BITS{1'b0}} : at + 1'b1;
  endfunction

  wire [COUNT_BITS-1:0] next_count = count + push - pop;
  wire [COUNT_BITS-1:0] in_ring = count - out_V_TVALID;  // before this cycle

  always @(posedge ap_clk) begin
    if (!ap_rst_n) begin
      write_at <= 0;
      read_at <= 0;
      ring_empty <= 1;
      out_V_TVALID <= 0;
      in0_V_TREADY <= 0;
      count <= 0;
      maxcount <= 0;
    end else begin
      if (to_ring) write_at <= after(write_at);
      if (from_ring) read_at <= after(read_at);
      ring_empty <= in_ring + to_ring == from_ring;
      if (takes) out_V_TVALID <= from_ring || straight;
      in0_V_TREADY <= next_count < DEPTH;
      count <= next_count;
      if (next_count > maxcount) maxcount <= next_count;
    end
  end

endmodule
