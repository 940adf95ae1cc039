#!/usr/bin/env python3
"""Host of board @NAME@ (@DEVICE@). Start it on the board, before or after the others: python3 @NAME@.py"""
import sys

from braid_board import main
@IMPORT@
@MEMORIES@sys.exit(main("@NAME@"@ARGUMENTS@))
