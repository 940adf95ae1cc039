# tclsh floorplan_stubs.tcl SCRIPT CELLS: runs floorplan.tcl on a design of the cells in the file CELLS, one path a line, those
# that hold no others behind an `=`. Writes down what is set: cell, property, value, apart by tabs.
set file [open [lindex $argv 1]]
foreach line [split [string trim [read $file]] \n] {
    set path [string trimleft $line =]
    set primitive($path) [expr {$path ne $line}]
}
close $file

# The filters that the script has: comparisons of IS_PRIMITIVE and NAME, joined by && and ||.
proc get_cells {args} {
    global primitive
    if {[llength $args] == 1} {
        return [array names primitive -exact [lindex $args 0]]
    }
    if {[lrange $args 0 2] ne "-quiet -hierarchical -filter" || [llength $args] != 4} {
        error "get_cells $args"
    }
    set filter [regsub -all {NAME =~ ([^\s()]+)} [lindex $args 3] {[string match {\1} $path]}]
    set filter [regsub -all {IS_PRIMITIVE} $filter {$primitive($path)}]
    set found {}
    foreach path [lsort [array names primitive]] {
        if $filter { lappend found $path }
    }
    return $found
}
proc set_property {name value cells} {
    if {![llength $cells]} { error "set_property: no objects" }
    foreach cell $cells { puts [join [list $cell $name $value] \t] }
}

if {[catch {source [lindex $argv 0]} message]} {
    puts stderr $message
    exit 1
}
