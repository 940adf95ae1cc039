// What every bench has: a clock, and checks that are counted; of a module with DEPTH, WIDTH and SEED.
  integer seed = SEED, passed = 0, failed = 0;
  reg clk = 0;
  always #5 clk = !clk;

  task check(input good, input [8*40-1:0] what);
    if (good) passed = passed + 1;
    else begin
      failed = failed + 1;
      if (failed <= 5) $display("FAILED %0s at %0t: DEPTH %0d, WIDTH %0d", what, $time, DEPTH, WIDTH);
    end
  endtask
