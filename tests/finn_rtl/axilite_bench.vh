// A memstream_axilite as `dut`, and accesses to its registers, answers taken late at random; of a module with DEPTH, WIDTH,
// RAM_STYLE, SEED and CONTENTS, a memblock.dat or none.
`include "bench.vh"
  localparam LANES = 2 ** $clog2((WIDTH + 31) / 32);
  localparam ADDRESS = $clog2(DEPTH * LANES) + 2;
  localparam DATA = (WIDTH + 7) / 8 * 8;

  reg rst_n = 0;
  reg awvalid = 0, wvalid = 0, bready = 0, arvalid = 0, rready = 0, tready = 0;
  reg [ADDRESS-1:0] awaddr = 0, araddr = 0;
  reg [31:0] wdata = 0;
  wire awready, wready, bvalid, arready, rvalid, tvalid;
  wire [1:0] bresp, rresp;
  wire [31:0] rdata;
  wire [DATA-1:0] tdata;

  memstream_axilite #(
      .DEPTH(DEPTH), .WIDTH(WIDTH), .INIT_FILE(CONTENTS), .RAM_STYLE(RAM_STYLE)
  ) dut (
      .ap_clk(clk), .ap_rst_n(rst_n),
      .awready(awready), .awvalid(awvalid), .awprot(3'b0), .awaddr(awaddr),
      .wready(wready), .wvalid(wvalid), .wdata(wdata), .wstrb(4'hf),
      .bready(bready), .bvalid(bvalid), .bresp(bresp),
      .arready(arready), .arvalid(arvalid), .arprot(3'b0), .araddr(araddr),
      .rready(rready), .rvalid(rvalid), .rresp(rresp), .rdata(rdata),
      .m_axis_0_tready(tready), .m_axis_0_tvalid(tvalid), .m_axis_0_tdata(tdata)
  );

  integer writes = 0;  // registers that were
  task put(input [ADDRESS-1:0] address, input [31:0] value);
    begin
      @(negedge clk);
      awaddr = address; wdata = value; awvalid = 1; wvalid = 1;
      @(posedge clk);
      while (!(awready && wready)) @(posedge clk);
      writes = writes + 1;
      @(negedge clk);
      awvalid = 0; wvalid = 0;
      if ($random(seed) % 2) repeat (2) @(negedge clk);
      bready = 1;
      @(posedge clk);
      while (!bvalid) @(posedge clk);
      check(bresp == 0, "write response");
      @(negedge clk);
      bready = 0;
    end
  endtask

  task get(input [ADDRESS-1:0] address, output [31:0] value);
    begin
      @(negedge clk);
      araddr = address; arvalid = 1;
      @(posedge clk);
      while (!arready) @(posedge clk);
      @(negedge clk);
      arvalid = 0;
      if ($random(seed) % 2) repeat (2) @(negedge clk);
      rready = 1;
      @(posedge clk);
      while (!rvalid) @(posedge clk);
      value = rdata;
      check(rresp == 0, "read response");
      @(negedge clk);
      rready = 0;
    end
  endtask
