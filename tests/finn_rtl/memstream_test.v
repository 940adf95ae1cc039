// memstream_axilite against an array: every word of three rounds, with back-pressure at random and without; words
// written and read at run time while the stream flows and while nobody reads it; that a word once offered stands until
// it is taken; one word a cycle. Parameters are set by run.sh.
`timescale 1ns / 1ps
module memstream_test;
  parameter DEPTH = 5;
  parameter WIDTH = 20;
  parameter RAM_STYLE = "auto";
  parameter INIT_FILE = "memblock.dat";
  parameter SEED = 1;

  localparam LANE_BITS = $clog2((WIDTH + 31) / 32);
  localparam LANES = 2 ** LANE_BITS;
  localparam USED = (WIDTH + 31) / 32;
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
      .DEPTH(DEPTH), .WIDTH(WIDTH), .INIT_FILE(INIT_FILE), .RAM_STYLE(RAM_STYLE)
  ) dut (
      .ap_clk(clk), .ap_rst_n(rst_n),
      .awready(awready), .awvalid(awvalid), .awprot(3'b0), .awaddr(awaddr),
      .wready(wready), .wvalid(wvalid), .wdata(wdata), .wstrb(4'hf),
      .bready(bready), .bvalid(bvalid), .bresp(bresp),
      .arready(arready), .arvalid(arvalid), .arprot(3'b0), .araddr(araddr),
      .rready(rready), .rvalid(rvalid), .rresp(rresp), .rdata(rdata),
      .m_axis_0_tready(tready), .m_axis_0_tvalid(tvalid), .m_axis_0_tdata(tdata)
  );

  // The array that the stream is compared with; `before` holds what a word was until it was written last.
  reg [WIDTH-1:0] expected[0:DEPTH-1];
  reg [WIDTH-1:0] before[0:DEPTH-1];
  integer settled[0:DEPTH-1];  // words of the stream until which the old value may still come

  task check(input good, input [8*40-1:0] what);
    if (good) passed = passed + 1;
    else begin
      failed = failed + 1;
      if (failed <= 5) $display("FAILED %0s at %0t: DEPTH %0d, WIDTH %0d", what, $time, DEPTH, WIDTH);
    end
  endtask

  // The consumer. mode 0: not ready, 1: always, 2: at random.
  integer mode = 0, at = 0, taken = 0;
  reg held = 0;
  reg [DATA-1:0] held_data;
  always @(posedge clk) begin
    if (rst_n) begin
      if (held) check(tvalid && tdata === held_data, "a word that was offered stands");
      if (tvalid && tready) begin
        check(tdata[WIDTH-1:0] === expected[at] || (taken < settled[at] && tdata[WIDTH-1:0] === before[at]), "word");
        if (DATA > WIDTH) check(tdata >> WIDTH == 0, "bits above the word");
        at = at + 1 == DEPTH ? 0 : at + 1;
        taken = taken + 1;
      end
      held = tvalid && !tready;
      held_data = tdata;
    end
    #1 tready = mode == 1 || (mode == 2 && $random(seed) % 3 != 0);
  end

  task cycles(input integer count);
    repeat (count) @(posedge clk);
  endtask

  task put(input [ADDRESS-1:0] address, input [31:0] value);
    begin
      @(negedge clk);
      awaddr = address; wdata = value; awvalid = 1; wvalid = 1;
      @(posedge clk);
      while (!(awready && wready)) @(posedge clk);
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

  reg [LANES*32-1:0] fresh;
  integer lane, wanted_mode;
  task write_word(input integer word);
    begin
      // Of two values at most: the one before last must have left the stream.
      wanted_mode = mode;
      if (taken < settled[word]) mode = 2;
      while (taken < settled[word]) @(posedge clk);
      mode = wanted_mode;
      for (lane = 0; lane < LANES; lane = lane + 1) fresh[32*lane+:32] = $random(seed);
      for (lane = 0; lane < LANES; lane = lane + 1) begin
        if (lane == LANES - 1) begin
          // Up to two words are on their way, and those taken while this is written.
          before[word] = expected[word];
          settled[word] = taken + 2 * DEPTH + 40;
          expected[word] = fresh[WIDTH-1:0];
        end
        put((word * LANES + lane) * 4, fresh[32*lane+:32]);
      end
      settled[word] = taken + 3;
    end
  endtask

  reg [31:0] value;
  reg [LANES*32-1:0] whole;
  task read_word(input integer word);
    begin
      for (lane = 0; lane < USED; lane = lane + 1) begin
        get((word * LANES + lane) * 4, value);
        whole = expected[word];
        check(value === whole[32*lane+:32], "word read back");
      end
    end
  endtask

  integer i, start, first;
  initial begin
    $readmemh(INIT_FILE, expected);
    for (i = 0; i < DEPTH; i = i + 1) settled[i] = 0;
    cycles(3);
    @(negedge clk) rst_n = 1;
    // Throughput: after the first word one a cycle, three rounds and more.
    mode = 1;
    while (taken == 0) @(posedge clk);
    #2 start = taken;
    cycles(3 * DEPTH + 10);
    #2 check(taken - start == 3 * DEPTH + 10, "one word a cycle");
    mode = 2;
    while (taken < 7 * DEPTH + 50) @(posedge clk);
    // Reads while the stream flows, while it is stopped, while it is half ready.
    for (i = 0; i < 12; i = i + 1) begin
      mode = i % 3;
      read_word(i % DEPTH);
      read_word(DEPTH - 1);
    end
    for (i = 0; i < 3 * DEPTH && i < 60; i = i + 1) begin
      mode = i % 3;
      write_word(i % DEPTH);
      if (i % 4 == 0) read_word(i % DEPTH);
    end
    // All that was written comes out, for two rounds.
    mode = 2;
    first = taken;
    while (taken < first + 2 * DEPTH + 4) @(posedge clk);
    // A reset begins at the first word.
    mode = 0;
    @(negedge clk) rst_n = 0;
    cycles(2);
    #2 at = 0; held = 0;
    for (i = 0; i < DEPTH; i = i + 1) settled[i] = 0;
    @(negedge clk) rst_n = 1;
    mode = 2;
    first = taken;
    while (taken < first + DEPTH + 4) @(posedge clk);
    $display("memstream DEPTH %0d WIDTH %0d %0s: %0d checks right, %0d wrong", DEPTH, WIDTH, RAM_STYLE, passed, failed);
    $finish;
  end
  initial begin
    #20000000 $display("FAILED memstream DEPTH %0d WIDTH %0d: it hangs", DEPTH, WIDTH);
    $finish;
  end
endmodule
