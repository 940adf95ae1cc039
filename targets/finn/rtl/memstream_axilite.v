// memstream with AXI4-Lite for its words and an AXI4-Stream, with the names of FINN's memstream_axi_wrapper: what a
// block design joins to a unit's weights_V, and what a host writes weights to at run time.
//
// A word of the memory is LANES registers of 32 bits, LANES the next power of two at or above WIDTH / 32, the low bits
// first: word i, bits 32 * k to 32 * k + 31 are at byte address 4 * (i * LANES + k). Writing the last of the LANES
// registers writes the word, with what was written to the others before it; they may come in any order, and must all
// come. Strobes are not looked at. Reads of any register give what the memory holds.
(* keep_hierarchy = "yes" *) // a cell of its own, for floorplans
module memstream_axilite #(
    parameter DEPTH = 512,
    parameter WIDTH = 32,
    parameter INIT_FILE = "",
    parameter RAM_STYLE = "auto",
    parameter AXILITE_ADDR_WIDTH = $clog2(DEPTH * (2 ** $clog2((WIDTH + 31) / 32))) + 2
) (
    (* X_INTERFACE_PARAMETER = "ASSOCIATED_BUSIF m_axis_0:s_axilite, ASSOCIATED_RESET ap_rst_n" *)
    (* X_INTERFACE_INFO = "xilinx.com:signal:clock:1.0 ap_clk CLK" *)
    input  wire                          ap_clk,
    (* X_INTERFACE_PARAMETER = "POLARITY ACTIVE_LOW" *)
    input  wire                          ap_rst_n,

    (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 s_axilite AWREADY" *)
    output wire                          awready,
    (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 s_axilite AWVALID" *)
    input  wire                          awvalid,
    (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 s_axilite AWPROT" *)
    input  wire [2:0]                    awprot,
    (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 s_axilite AWADDR" *)
    input  wire [AXILITE_ADDR_WIDTH-1:0] awaddr,

    (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 s_axilite WREADY" *)
    output wire                          wready,
    (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 s_axilite WVALID" *)
    input  wire                          wvalid,
    (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 s_axilite WDATA" *)
    input  wire [31:0]                   wdata,
    (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 s_axilite WSTRB" *)
    input  wire [3:0]                    wstrb,

    (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 s_axilite BREADY" *)
    input  wire                          bready,
    (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 s_axilite BVALID" *)
    output reg                           bvalid,
    (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 s_axilite BRESP" *)
    output wire [1:0]                    bresp,

    (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 s_axilite ARREADY" *)
    output wire                          arready,
    (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 s_axilite ARVALID" *)
    input  wire                          arvalid,
    (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 s_axilite ARPROT" *)
    input  wire [2:0]                    arprot,
    (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 s_axilite ARADDR" *)
    input  wire [AXILITE_ADDR_WIDTH-1:0] araddr,

    (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 s_axilite RREADY" *)
    input  wire                          rready,
    (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 s_axilite RVALID" *)
    output reg                           rvalid,
    (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 s_axilite RRESP" *)
    output wire [1:0]                    rresp,
    (* X_INTERFACE_INFO = "xilinx.com:interface:aximm:1.0 s_axilite RDATA" *)
    output reg  [31:0]                   rdata,

    input  wire                          m_axis_0_tready,
    output wire                          m_axis_0_tvalid,
    output wire [((WIDTH+7)/8)*8-1:0]    m_axis_0_tdata
);

  localparam LANE_BITS = $clog2((WIDTH + 31) / 32);
  localparam LANES = 2 ** LANE_BITS;

  assign bresp = 2'b00;
  assign rresp = 2'b00;

  // A transaction at a time, writes first. Address and data are taken together.
  reg reading;  // a word is on its way from the memory
  wire write = awvalid && wvalid && !bvalid && !reading;
  wire read = arvalid && !write && !reading && !rvalid;
  assign awready = write;
  assign wready = write;
  assign arready = read;

  wire [31:0] write_register = awaddr >> 2;
  wire [31:0] read_register = araddr >> 2;
  wire [31:0] write_lane = write_register & (LANES - 1);

  reg [LANES*32-1:0] written;
  wire [LANES*32-1:0] merged;
  genvar lane;
  generate
    for (lane = 0; lane < LANES; lane = lane + 1) begin : lanes
      assign merged[32*lane+:32] = write_lane == lane ? wdata : written[32*lane+:32];
    end
  endgenerate
  wire commit = write && write_lane == LANES - 1;

  wire             rack;
  wire [WIDTH-1:0] q0;
  wire [LANES*32-1:0] padded = {{(LANES * 32 - WIDTH + 1) {1'b0}}, q0};  // the top zero is cut off
  reg  [31:0]      read_lane;

  always @(posedge ap_clk) begin
    if (write) written <= merged;
    if (read) read_lane <= read_register & (LANES - 1);
    if (rack) rdata <= padded[32*read_lane+:32];
    if (!ap_rst_n) begin
      reading <= 0;
      rvalid <= 0;
      bvalid <= 0;
    end else begin
      if (read) reading <= 1;
      else if (rack) reading <= 0;
      if (rack) rvalid <= 1;
      else if (rready) rvalid <= 0;
      if (write) bvalid <= 1;
      else if (bready) bvalid <= 0;
    end
  end

  wire [WIDTH-1:0] odat;
  memstream #(
      .DEPTH(DEPTH),
      .WIDTH(WIDTH),
      .INIT_FILE(INIT_FILE),
      .RAM_STYLE(RAM_STYLE)
  ) words (
      .clk(ap_clk),
      .rst(!ap_rst_n),
      .config_ce(commit || read),
      .config_we(commit),
      .config_address((commit ? write_register : read_register) >> LANE_BITS),
      .config_d0(merged[WIDTH-1:0]),
      .config_rack(rack),
      .config_q0(q0),
      .ordy(m_axis_0_tready),
      .ovld(m_axis_0_tvalid),
      .odat(odat)
  );

  // AXI4-Stream data is a whole number of bytes.
  generate
    if (WIDTH % 8 == 0) begin : whole_bytes
      assign m_axis_0_tdata = odat;
    end else begin : filled_up
      assign m_axis_0_tdata = {{(8 - WIDTH % 8) {1'b0}}, odat};
    end
  endgenerate

endmodule
