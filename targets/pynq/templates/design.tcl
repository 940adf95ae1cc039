# Processor, DMAs and projects of one @DEVICE@: a block design, its bitstream and its description (.hwh).
set here [file dirname [file normalize [info script]]]
set name @NAME@
create_project -force $name $here/build -part @PART@
# Memory and pins of the processor come with the board's files, where Vivado has them.
set boards [lsort [get_board_parts -quiet {@BOARD_PART@}]]
if {[llength $boards]} {
    set_property board_part [lindex $boards end] [current_project]
} else {
    puts "WARNING: Vivado knows no board @BOARD_PART@: the processor is left at its defaults; install the board's files"
}
set_property ip_repo_paths @REPOSITORIES@ [current_project]
update_ip_catalog
create_bd_design design_1

@PROCESSOR@
# Project, its DMA, its cell: one row per stage.
set parts {
@PARTS@}
@WIRES@set isFirst 1
foreach {project dma accelerator} $parts {
    # Simple mode; a transfer of up to 64 MiB.
    set cell [create_bd_cell -type ip -vlnv xilinx.com:ip:axi_dma $dma]
    set_property -dict [list CONFIG.c_include_sg 0 CONFIG.c_sg_include_stscntrl_strm 0 CONFIG.c_sg_length_width 26 \
        CONFIG.c_m_axi_mm2s_data_width 64 CONFIG.c_m_axis_mm2s_tdata_width 64 CONFIG.c_mm2s_burst_size 64 \
        CONFIG.c_m_axi_s2mm_data_width 64 CONFIG.c_s_axis_s2mm_tdata_width 64 CONFIG.c_s2mm_burst_size 64] $cell
@ACCELERATOR@
    # Registers of the DMA, and its two ways to memory.
    apply_bd_automation -rule xilinx.com:bd_rule:axi4 -config \
        [list Master /ps/$control Slave /$dma/S_AXI_LITE Clk_master /ps/$clock Clk_slave Auto Clk_xbar Auto intc_ip Auto master_apm 0] \
        [get_bd_intf_pins $dma/S_AXI_LITE]
    # The processor's port to memory is free for the first; the others join its interconnect.
    apply_bd_automation -rule xilinx.com:bd_rule:axi4 -config \
        [list Master /$dma/M_AXI_MM2S Slave /ps/$memory Clk_master Auto Clk_slave Auto Clk_xbar Auto intc_ip Auto master_apm 0] \
        [get_bd_intf_pins [expr {$isFirst ? "ps/$memory" : "$dma/M_AXI_MM2S"}]]
    apply_bd_automation -rule xilinx.com:bd_rule:axi4 -config \
        [list Master /$dma/M_AXI_S2MM Slave /ps/$memory Clk_master Auto Clk_slave Auto Clk_xbar Auto intc_ip Auto master_apm 0] \
        [get_bd_intf_pins $dma/M_AXI_S2MM]
    connect_bd_intf_net [get_bd_intf_pins $dma/M_AXIS_MM2S] [get_bd_intf_pins $accelerator/data_in]
    connect_bd_intf_net [get_bd_intf_pins $accelerator/data_out] [get_bd_intf_pins $dma/S_AXIS_S2MM]
    connect_bd_net [get_bd_pins ps/$clock] [get_bd_pins $accelerator/ap_clk]
    set reset [get_bd_pins -of_objects [get_bd_nets -of_objects [get_bd_pins $dma/axi_resetn]] -filter {DIR == O}]
    connect_bd_net $reset [get_bd_pins $accelerator/ap_rst_n]
@MEMORIES@    set isFirst 0
}

assign_bd_address
validate_bd_design
save_bd_design
make_wrapper -files [get_files design_1.bd] -top -import
set_property top design_1_wrapper [current_fileset]
launch_runs impl_1 -to_step write_bitstream -jobs 4
wait_on_run impl_1
if {[get_property PROGRESS [get_runs impl_1]] ne "100%"} { error "implementation of $name failed" }
exit
