// memstream without an image: nothing comes, whoever waits and however often it is reset, before the last word has been
// written; then all words come, from the first on, and after a reset again. Parameters are set by run.sh.
`timescale 1ns / 1ps
module unfilled_test;
  parameter DEPTH = 5;
  parameter WIDTH = 20;
  parameter RAM_STYLE = "ultra";
  parameter SEED = 1;

`include "bench.vh"
  integer i, round;
  reg rst = 1;

  reg ce = 0, we = 0, ready = 1;
  reg [31:0] address = 0;
  reg [WIDTH-1:0] data = 0;
  wire rack, valid;
  wire [WIDTH-1:0] q, word;
  memstream #(
      .DEPTH(DEPTH), .WIDTH(WIDTH), .RAM_STYLE(RAM_STYLE)
  ) dut (
      .clk(clk), .rst(rst), .config_ce(ce), .config_we(we), .config_address(address), .config_d0(data),
      .config_rack(rack), .config_q0(q), .ordy(ready), .ovld(valid), .odat(word)
  );

  reg [WIDTH-1:0] expected[0:DEPTH-1];
  reg filled = 0;
  integer at = 0, came = 0;

  always @(posedge clk)
    if (!rst) begin
      if (!filled) check(!valid, "nothing before it is filled");
      else if (valid && ready) begin
        check(word === expected[at], "the words in turn");
        at = at == DEPTH - 1 ? 0 : at + 1;
        came = came + 1;
      end
    end

  task reset;
    begin
      @(negedge clk) rst = 1;
      at = 0;
      came = 0;
      repeat (2) @(negedge clk);
      rst = 0;
    end
  endtask

  initial begin
    reset;
    repeat (20) @(negedge clk);
    for (i = 0; i < DEPTH; i = i + 1) begin
      if (i == DEPTH - 1) reset;  // what has been written stays
      ready = $random(seed);
      repeat ($random(seed) & 3) @(negedge clk);
      expected[i] = {$random(seed), $random(seed), $random(seed)};
      address = i;
      data = expected[i];
      ce = 1;
      we = 1;
      if (i == DEPTH - 1) begin
        @(posedge clk) filled = 1;
      end
      @(negedge clk) ce = 0;
      we = 0;
    end
    for (round = 0; round < 2; round = round + 1) begin
      repeat (4 * DEPTH + 20) @(negedge clk) ready = $random(seed);
      ready = 1;
      repeat (DEPTH + 10) @(negedge clk);
      check(came >= DEPTH, "words have come");
      reset;
    end
    $display("unfilled DEPTH %0d WIDTH %0d %0s: %0d checks right, %0d wrong", DEPTH, WIDTH, RAM_STYLE, passed, failed);
    $finish;
  end
endmodule
