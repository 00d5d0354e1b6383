"""Receipt printers: one wire, one owner."""
