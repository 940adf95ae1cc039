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

  localparam CONTENTS = "";
`include "axilite_bench.vh"

  reg [WIDTH-1:0] expected[0:DEPTH-1];
  integer at = 0, taken = 0;
  always @(posedge clk) begin
    if (tvalid && tready) begin
      check(writes == DEPTH * LANES, "nothing comes before all is written");
      check(tdata === expected[at], "word");
      at = at + 1 == DEPTH ? 0 : at + 1;
      taken = taken + 1;
    end
    #1 tready = $random(seed) % 3 != 0;
  end

  integer file, count, is_write, register;
  reg [31:0] value, read;
  initial begin
    $readmemh(INIT_FILE, expected);
    repeat (3) @(posedge clk);
    @(negedge clk) rst_n = 1;
    file = $fopen(ACCESSES, "r");
    count = $fscanf(file, "%d %d %h\n", is_write, register, value);
    while (count == 3) begin
      if (is_write) put(register * 4, value);
      else begin
        get(register * 4, read);
        check(read === value, "register read back");
      end
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
