# @NAME@: its units, the FIFOs between them and the memories of weights beside them, joined in a block design that
# becomes one IP. Wants the units' IPs (../build.sh makes them first):   vivado -mode batch -source make_project.tcl
set here [file dirname [file normalize [info script]]]
set units [file join [file dirname $here] units]

create_project -force @NAME@ $here/project -part @PART@
add_files -norecurse [list $here/rtl/fifo.v $here/rtl/memstream.v $here/rtl/memstream_axilite.v]
set repositories {}
foreach unit [lsort [glob -nocomplain -tails -directory $units *]] {
    lappend repositories $units/$unit/project_$unit/sol1/impl/ip
}
set_property ip_repo_paths $repositories [current_project]
update_ip_catalog
create_bd_design @NAME@
create_bd_port -dir I -type clk -freq_hz @HERTZ@ ap_clk
create_bd_port -dir I -type rst ap_rst_n
set_property CONFIG.POLARITY ACTIVE_LOW [get_bd_ports ap_rst_n]
set outside {}

proc clocked {cell {clock ap_clk} {reset ap_rst_n}} {
    connect_bd_net [get_bd_ports ap_clk] [get_bd_pins $cell/$clock]
    connect_bd_net [get_bd_ports ap_rst_n] [get_bd_pins $cell/$reset]
}
proc unit {name} {
    create_bd_cell -type ip -vlnv braid:finn:$name:1.0 $name
    clocked $name
}
proc fifo {name depth width style} {
    set cell [create_bd_cell -type module -reference fifo $name]
    set_property -dict [list CONFIG.DEPTH $depth CONFIG.WIDTH $width CONFIG.RAM_STYLE $style] $cell
    clocked $name
}
# Weights of a unit: words of so many bits, which the module fills up to bytes.
proc memory {name unit depth width style} {
    global units
    set cell [create_bd_cell -type module -reference memstream_axilite $name]
    set_property -dict [list CONFIG.DEPTH $depth CONFIG.WIDTH $width CONFIG.RAM_STYLE $style \
        CONFIG.INIT_FILE $units/$unit/memblock.dat] $cell
    clocked $name
}
# One way to the registers of several memories.
proc registers {name count} {
    set cell [create_bd_cell -type ip -vlnv xilinx.com:ip:smartconnect $name]
    set_property -dict [list CONFIG.NUM_SI 1 CONFIG.NUM_MI $count] $cell
    clocked $name aclk aresetn
}
proc wire {from to} {
    connect_bd_intf_net [get_bd_intf_pins $from] [get_bd_intf_pins $to]
}
# An end of the project.
proc end {name pin} {
    global outside
    make_bd_intf_pins_external -name $name [get_bd_intf_pins $pin]
    lappend outside $name
}
# Registers of memories from outside, within so many bits of byte addresses.
proc control {name pin bits} {
    global outside
    set port [create_bd_intf_port -mode Slave -vlnv xilinx.com:interface:aximm_rtl:1.0 $name]
    set_property -dict [list CONFIG.PROTOCOL AXI4LITE CONFIG.DATA_WIDTH 32 CONFIG.ADDR_WIDTH $bits] $port
    connect_bd_intf_net $port [get_bd_intf_pins $pin]
    lappend outside $name
}
proc address {port memory offset range} {
    assign_bd_address -target_address_space /$port -offset $offset -range $range [get_bd_addr_segs $memory/s_axilite/*]
}

@CELLS@
set_property CONFIG.ASSOCIATED_BUSIF [join $outside :] [get_bd_ports ap_clk]
validate_bd_design
save_bd_design
set design [get_files @NAME@.bd]
generate_target all $design
make_wrapper -files $design -top -import
set_property top @NAME@_wrapper [current_fileset]

ipx::package_project -root_dir $here/ip -vendor braid -library finn -name @NAME@ -version 1.0 -taxonomy /UserIP \
    -module @NAME@ -import_files -force
set core [ipx::current_core]
# Whoever joins the IP says how fast its clock is.
foreach interface [ipx::get_bus_interfaces -of_objects $core] {
    if {[llength [ipx::get_bus_parameters -quiet FREQ_HZ -of_objects $interface]]} {
        ipx::remove_bus_parameter FREQ_HZ $interface
    }
}
@KERNEL@ipx::create_xgui_files $core
ipx::update_checksums $core
ipx::save_core $core
@XO@exit
