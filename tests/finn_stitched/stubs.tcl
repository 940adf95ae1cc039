# tclsh stubs.tcl SCRIPT [smart]: runs make_project.tcl, or a board's design.tcl, with commands of Vivado that only write down what they are asked, a
# line each, words apart by tabs. What is not known here is an error of Tcl's.
proc note {args} {
    puts [join $args \t]
}
proc option {words name} {
    set at [lsearch -exact $words $name]
    return [expr {$at < 0 ? "" : [lindex $words [expr {$at + 1}]]}]
}

# The interconnect that automation makes behind the processor's port to registers, and its ports so far: an AXI
# Interconnect with a clock and a reset for each, with `smart` a SmartConnect.
set joined 0
set isSmart [expr {[lindex $argv 1] eq "smart"}]

foreach command {create_bd_design validate_bd_design save_bd_design update_ip_catalog generate_target launch_runs wait_on_run} {
    proc $command {args} [list note $command]
}
proc apply_bd_automation {args} {
    global joined control
    note apply_bd_automation
    if {[option $args -rule] eq "xilinx.com:bd_rule:axi4" && [dict get [option $args -config] Master] eq "/ps/$control"} { incr joined }
}
proc create_project {args} { note project [lindex $args end-3] [option $args -part] }
proc add_files {args} {
    foreach file [lindex $args end] { note file $file [file exists $file] }
}
proc current_project {} { return project }
proc current_fileset {} { return sources }
proc get_files {name} { return $name }
proc get_runs {name} { return $name }
proc get_property {name of} {
    global joined
    return [expr {"$name $of" eq "CONFIG.NUM_MI /joint" ? $joined : "100%"}]
}
proc make_wrapper {args} { note make_wrapper [option $args -files] }

proc create_bd_port {args} {
    note port [lindex $args end] [option $args -dir] [option $args -type] [option $args -freq_hz]
}
proc create_bd_intf_port {args} {
    note bus_port [lindex $args end] [option $args -mode] [option $args -vlnv]
    return outside:[lindex $args end]
}
proc create_bd_cell {args} {
    set name [lindex $args end]
    note cell $name [option $args -type] [option $args -vlnv][option $args -reference]
    return cell:$name
}
proc set_property {args} {
    global joined
    if {[lindex $args 0] eq "CONFIG.NUM_MI" && [lindex $args 2] eq "/joint"} { set joined [lindex $args 1] }
    if {[lindex $args 0] eq "-dict"} {
        foreach {key value} [lindex $args 1] { note set [lindex $args 2] $key $value }
    } else {
        note set [lindex $args 2] [lindex $args 0] [lindex $args 1]
    }
}
proc get_bd_ports {name} { return outside:$name }
proc get_bd_pins {args} {
    global isSmart
    if {[lindex $args 0] eq "-quiet"} { return [expr {$isSmart ? "" : "pin:[lindex $args 1]"}] }
    return [expr {[llength $args] == 1 ? "pin:[lindex $args 0]" : "pin:reset"}]
}
proc get_bd_intf_nets {args} {
    global control
    return [expr {$args eq "-of_objects bus:ps/$control" ? "nets:control" : ""}]
}
proc get_bd_cells {args} { return [expr {$args eq "-of_objects bus:joint/S00_AXI" ? "/joint" : ""}] }
proc get_bd_nets {args} { return nets }
proc get_board_parts {args} { return {} }
proc create_bd_pin {args} { note pin [lindex $args end] [option $args -dir] [option $args -type] }
proc create_bd_intf_pin {args} { note bus_pin [lindex $args end] [option $args -mode] [option $args -vlnv] }
proc get_bd_intf_pins {args} {
    global joined
    if {[llength $args] > 1} {
        return [expr {[option $args -of_objects] eq "nets:control" && [option $args -filter] eq "MODE == Slave" ? "bus:joint/S00_AXI" : ""}]
    }
    set name [lindex $args 0]
    if {[regexp {^/joint/M(\d\d)_AXI$} $name -> port] && [scan $port %d] >= $joined} { error "no port $name" }
    return bus:$name
}
proc get_bd_addr_segs {name} { return segment:$name }
proc connect_bd_net {from to} { note net $from $to }
proc connect_bd_intf_net {from to} { note wire $from $to }
proc make_bd_intf_pins_external {args} { note end [option $args -name] [lindex $args end] }
proc assign_bd_address {args} {
    if {![llength $args]} return
    note address [option $args -target_address_space] [option $args -offset] [option $args -range] [lindex $args end]
}

namespace eval ipx {
    proc package_project {args} { note package [option $args -vendor] [option $args -library] [option $args -name] [option $args -version] [option $args -module] }
    proc current_core {} { return core }
    proc get_bus_interfaces {args} { return {ap_clk s_axis_0} }
    proc get_bus_parameters {args} { return [expr {[lindex $args end] eq "ap_clk" ? "FREQ_HZ" : ""}] }
    proc remove_bus_parameter {name of} { note remove $name $of }
    foreach command {create_xgui_files update_checksums save_core} {
        proc $command {core} [list note $command]
    }
}
proc package_xo {args} {
    note xo [option $args -xo_path] [option $args -kernel_name] [option $args -ip_directory] [option $args -ctrl_protocol]
    foreach at [lsearch -all -exact $args -kernel_xml_args] { note xo_port {*}[split [lindex $args [expr {$at + 1}]] :] }
}

rename exit leave
proc exit {args} { note exit; leave {*}$args }

source [lindex $argv 0]
note fell_through
