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

  localparam CONTENTS = INIT_FILE;
  localparam USED = (WIDTH + 31) / 32;
`include "axilite_bench.vh"

  // The array that the stream is compared with; `before` holds what a word was until it was written last.
  reg [WIDTH-1:0] expected[0:DEPTH-1];
  reg [WIDTH-1:0] before[0:DEPTH-1];
  integer settled[0:DEPTH-1];  // words of the stream until which the old value may still come

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
