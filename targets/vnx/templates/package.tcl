# The IP of a kernel as a .xo. From the environment: KERNEL, IP, XO; FREE is empty where a host starts the kernel.
file delete -force $::env(XO)
set control [expr {$::env(FREE) eq "" ? "ap_ctrl_chain" : "ap_ctrl_none"}]
package_xo -xo_path $::env(XO) -kernel_name $::env(KERNEL) -ip_directory $::env(IP) -ctrl_protocol $control
