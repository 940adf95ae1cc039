# @NAME@ as an IP with @WHAT@.
set here [file dirname [file normalize [info script]]]
file mkdir $here/build
cd $here/build
set flags "@STANDARD@ -I $here/../@FOLDER@"
open_project -reset hls_@NAME@
set_top @TOP@
add_files $here/../@FOLDER@/@TOP@.cpp -cflags $flags
@FIRMWARE@open_solution -reset solution1
set_part @PART@
create_clock -period @PERIOD@ -name default
csynth_design
export_design -format ip_catalog -version 1.0.0 -vendor braid -library hls
file mkdir $here/build/ip
file delete -force $here/build/ip/@NAME@
file copy -force hls_@NAME@/solution1/impl/ip $here/build/ip/@NAME@
exit
