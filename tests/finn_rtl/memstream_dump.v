// Prints the words of memstream, two rounds of them, a hexadecimal number a line; the reader waits now and then.
`timescale 1ns / 1ps
module memstream_dump;
  parameter DEPTH = 4;
  parameter WIDTH = 8;
  parameter RAM_STYLE = "auto";
  parameter INIT_FILE = "memblock.dat";
  parameter SEED = 1;

  integer seed = SEED, taken = 0;
  reg clk = 0, rst = 1, ready = 0;
  always #5 clk = !clk;

  wire valid, rack;
  wire [WIDTH-1:0] word, read;
  memstream #(
      .DEPTH(DEPTH), .WIDTH(WIDTH), .INIT_FILE(INIT_FILE), .RAM_STYLE(RAM_STYLE)
  ) dut (
      .clk(clk), .rst(rst),
      .config_ce(1'b0), .config_we(1'b0), .config_address(32'b0), .config_d0({WIDTH{1'b0}}),
      .config_rack(rack), .config_q0(read),
      .ordy(ready), .ovld(valid), .odat(word)
  );

  always @(posedge clk) begin
    if (valid && ready) begin
      $display("%h", word);
      taken = taken + 1;
      if (taken == 2 * DEPTH) $finish;
    end
    ready <= $random(seed);
  end
  initial begin
    repeat (3) @(posedge clk);
    rst <= 0;
    repeat (64 * DEPTH + 1000) @(posedge clk);
    $display("FAILED: %0d words have come", taken);
    $finish;
  end
endmodule
