# Where the plan puts what it charges to dies: every unit of a kernel, the memory of its weights and the FIFO before it.
# v++ runs this before the design is optimised (connectivity.cfg). USER_SLR_ASSIGNMENT (AMD UG912) is a wish that the
# placer may override to find a valid placement. A cell that is not found is an error: nothing would wish for its place.
set faults {}

# Cells by name and die, whatever stands in the hierarchy above the instance and between it and a cell.
proc place {instance cells} {
    global faults
    set within {}
    foreach cell [get_cells -quiet -hierarchical -filter "IS_PRIMITIVE == 0 && (NAME =~ */$instance/* || NAME =~ $instance/*)"] {
        dict lappend within [lindex [split $cell /] end] $cell
    }
    foreach {name die} $cells {
        set found [expr {[dict exists $within $name] ? [dict get $within $name] : {}}]
        if {[llength $found] != 1} {
            lappend faults "$instance/$name ([llength $found] cells)"
        } else {
            set_property USER_SLR_ASSIGNMENT $die [get_cells [lindex $found 0]]
        }
    }
}

@PLACES@
if {[llength $faults]} {
    error "floorplan.tcl: of [llength $faults] cells there is not one each in the design: [join [lrange $faults 0 9] {, }]"
}
