// memstream_axilite without contents, written and read as a board's program does (host_accesses.py): every read gives what it
// must, nothing is streamed before the last word is written, and then the words of the memblock.dat, two rounds, with
// back-pressure at random. Parameters are set by run.sh.
`timescale 1ns / 1ps
module host_test;
  parameter DEPTH = 5;
  parameter WIDTH = 20;
  parameter RAM_STYLE = "ultra";
  parameter INIT_FILE = "memblock.dat";
  parameter ACCESSES = "accesses.txt";
  parameter SEED = 1;

  localparam LANES = 2 ** $clog2((WIDTH + 31) / 32);
  localparam ADDRESS = $clog2(DEPTH * LANES) + 2;
  localparam DATA = (WIDTH + 7) / 8 * 8;

  integer seed = SEED, passed = 0, failed = 0;
  reg clk = 0, rst_n = 0;
  always #5 clk = !clk;

  reg awvalid = 0, wvalid = 0, bready = 0, arvalid = 0, rready = 0, tready = 0;
  reg [ADDRESS-1:0] awaddr = 0, araddr = 0;
  reg [31:0] wdata = 0;
  wire awready, wready, bvalid, arready, rvalid, tvalid;
  wire [1:0] bresp, rresp;
  wire [31:0] rdata;
  wire [DATA-1:0] tdata;

  memstream_axilite #(
      .DEPTH(DEPTH), .WIDTH(WIDTH), .RAM_STYLE(RAM_STYLE)
  ) dut (
      .ap_clk(clk), .ap_rst_n(rst_n),
      .awready(awready), .awvalid(awvalid), .awprot(3'b0), .awaddr(awaddr),
      .wready(wready), .wvalid(wvalid), .wdata(wdata), .wstrb(4'hf),
      .bready(bready), .bvalid(bvalid), .bresp(bresp),
      .arready(arready), .arvalid(arvalid), .arprot(3'b0), .araddr(araddr),
      .rready(rready), .rvalid(rvalid), .rresp(rresp), .rdata(rdata),
      .m_axis_0_tready(tready), .m_axis_0_tvalid(tvalid), .m_axis_0_tdata(tdata)
  );

  task check(input good, input [8*40-1:0] what);
    if (good) passed = passed + 1;
    else begin
      failed = failed + 1;
      if (failed <= 5) $display("FAILED %0s at %0t: DEPTH %0d, WIDTH %0d", what, $time, DEPTH, WIDTH);
    end
  endtask

  reg [WIDTH-1:0] expected[0:DEPTH-1];
  integer writes = 0, at = 0, taken = 0;
  always @(posedge clk) begin
    if (tvalid && tready) begin
      check(writes == DEPTH * LANES, "nothing comes before all is written");
      check(tdata === expected[at], "word");
      at = at + 1 == DEPTH ? 0 : at + 1;
      taken = taken + 1;
    end
    #1 tready = $random(seed) % 3 != 0;
  end

  task put(input [ADDRESS-1:0] address, input [31:0] value);
    begin
      @(negedge clk);
      awaddr = address; wdata = value; awvalid = 1; wvalid = 1;
      @(posedge clk);
      while (!(awready && wready)) @(posedge clk);
      writes = writes + 1;
      @(negedge clk);
      awvalid = 0; wvalid = 0; bready = 1;
      @(posedge clk);
      while (!bvalid) @(posedge clk);
      @(negedge clk);
      bready = 0;
    end
  endtask

  task get(input [ADDRESS-1:0] address, input [31:0] value);
    begin
      @(negedge clk);
      araddr = address; arvalid = 1;
      @(posedge clk);
      while (!arready) @(posedge clk);
      @(negedge clk);
      arvalid = 0; rready = 1;
      @(posedge clk);
      while (!rvalid) @(posedge clk);
      check(rdata === value, "register read back");
      @(negedge clk);
      rready = 0;
    end
  endtask

  integer file, count, is_write, register;
  reg [31:0] value;
  initial begin
    $readmemh(INIT_FILE, expected);
    repeat (3) @(posedge clk);
    @(negedge clk) rst_n = 1;
    file = $fopen(ACCESSES, "r");
    count = $fscanf(file, "%d %d %h\n", is_write, register, value);
    while (count == 3) begin
      if (is_write) put(register * 4, value);
      else get(register * 4, value);
      count = $fscanf(file, "%d %d %h\n", is_write, register, value);
    end
    while (taken < 2 * DEPTH) @(posedge clk);
    check(writes == DEPTH * LANES, "every register is written once");
    $display("host DEPTH %0d WIDTH %0d: %0d checks right, %0d wrong", DEPTH, WIDTH, passed, failed);
    $finish;
  end
  initial begin
    #20000000 $display("FAILED host DEPTH %0d WIDTH %0d: it hangs", DEPTH, WIDTH);
    $finish;
  end
endmodule
