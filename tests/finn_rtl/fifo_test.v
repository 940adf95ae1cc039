// fifo against a counter: words in order, count and maxcount in every cycle, exactly DEPTH words fit, one word a cycle,
// valid and ready at random in several densities, reset in the middle. Parameters are set by run.sh.
`timescale 1ns / 1ps
module fifo_test;
  parameter DEPTH = 4;
  parameter WIDTH = 8;
  parameter RAM_STYLE = "auto";
  parameter SEED = 1;
  localparam COUNT_BITS = $clog2(DEPTH + 1);

`include "bench.vh"
  reg rst_n = 0;

  wire [COUNT_BITS-1:0] count, maxcount;
  wire in_ready, out_valid;
  wire [WIDTH-1:0] out_data;
  reg in_valid = 0, out_ready = 0;
  reg [WIDTH-1:0] in_data = 0;
  fifo #(.DEPTH(DEPTH), .WIDTH(WIDTH), .RAM_STYLE(RAM_STYLE)) dut (
      .ap_clk(clk), .ap_rst_n(rst_n), .count(count), .maxcount(maxcount),
      .in0_V_TREADY(in_ready), .in0_V_TVALID(in_valid), .in0_V_TDATA(in_data),
      .out_V_TREADY(out_ready), .out_V_TVALID(out_valid), .out_V_TDATA(out_data)
  );

  // Word i of the stream: any function of i with many different bits.
  function [WIDTH-1:0] word(input integer i);
    integer bits;
    reg [31:0] mixed;
    begin
      for (bits = 0; bits < WIDTH; bits = bits + 1) begin
        mixed = (i * 32 + bits + 1) * 32'h9e3779b1;
        word[bits] = mixed[27] ^ mixed[13];
      end
    end
  endfunction

  integer sent = 0, received = 0, most = 0;
  integer in_percent = 0, out_percent = 0;
  reg held = 0;
  always @(posedge clk) begin
    if (rst_n) begin
      check(count === sent - received, "count");
      check(maxcount === most, "maxcount");
      if (held) check(out_valid, "a word that was offered stands");
      held = out_valid && !out_ready;
      if (out_valid && out_ready) begin
        check(out_data === word(received), "word");
        received = received + 1;
      end
      if (in_valid && in_ready) sent = sent + 1;
      if (sent - received > most) most = sent - received;
    end
    #1;
    // AXI4-Stream: what was offered and not taken stays.
    if (!in_valid || in_data !== word(sent)) in_valid = $unsigned($random(seed)) % 100 < in_percent;
    in_data = word(sent);
    out_ready = $unsigned($random(seed)) % 100 < out_percent;
  end

  task run(input integer in, input integer out, input integer cycles);
    begin
      in_percent = in;
      out_percent = out;
      repeat (cycles) @(posedge clk);
      #2;
    end
  endtask

  integer before, phase;
  initial begin
    repeat (3) @(posedge clk);
    @(negedge clk) rst_n = 1;
    run(100, 0, DEPTH + 10);
    check(sent - received == DEPTH && !in_ready, "DEPTH words fit");
    run(0, 100, DEPTH + 10);
    check(received == sent && !out_valid && count == 0, "all come out");
    run(100, 100, 10);
    before = received;
    run(100, 100, 3 * DEPTH + 50);
    check(received - before == 3 * DEPTH + 50, "one word a cycle");
    // Filled to the brim, then both ways: one word a cycle again after the first.
    run(100, 0, DEPTH + 10);
    run(100, 100, 4);
    before = received;
    run(100, 100, 3 * DEPTH + 50);
    check(received - before == 3 * DEPTH + 50, "one word a cycle when full");
    for (phase = 0; phase < 12; phase = phase + 1)
      run($unsigned($random(seed)) % 101, $unsigned($random(seed)) % 101, 100 + 6 * DEPTH);
    @(negedge clk) rst_n = 0;
    in_percent = 0;
    in_valid = 0;
    repeat (2) @(posedge clk);
    #2 sent = 0;
    received = 0;
    most = 0;
    held = 0;
    @(negedge clk) rst_n = 1;
    run(60, 50, 100 + 6 * DEPTH);
    run(0, 100, DEPTH + 10);
    check(received == sent && sent > 0, "all come out after a reset");
    $display("fifo DEPTH %0d WIDTH %0d %0s: %0d checks right, %0d wrong", DEPTH, WIDTH, RAM_STYLE, passed, failed);
    $finish;
  end
  initial begin
    #20000000 $display("FAILED fifo DEPTH %0d WIDTH %0d: it hangs", DEPTH, WIDTH);
    $finish;
  end
endmodule
