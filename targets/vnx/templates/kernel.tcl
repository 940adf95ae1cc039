# One kernel as an IP. From the environment: KERNEL, SOURCES, INCLUDES, PART, CLOCK_MHZ, PROJECT.
open_project -reset $::env(PROJECT)
set_top $::env(KERNEL)
foreach source $::env(SOURCES) {
    add_files $source -cflags "-std=c++14 $::env(INCLUDES)"
}
open_solution -reset -flow_target vitis solution1
set_part $::env(PART)
create_clock -period [expr {1000.0 / $::env(CLOCK_MHZ)}] -name default
config_interface -m_axi_addr64
config_rtl -deadlock_detection none
csynth_design
export_design -format ip_catalog
exit
