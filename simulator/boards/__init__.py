"""Lock boards as their documents describe them, at the far end of a serial wire. No driver's codec is used."""

from simulator.boards.board import Board, Reply, Terminals
from simulator.boards.cb8a import Cb8aBoard
from simulator.boards.kerong import Cu16Board, Cu48Board
from simulator.boards.modbus import ModbusBoard

__all__ = ["Board", "Cb8aBoard", "Cu16Board", "Cu48Board", "ModbusBoard", "Reply", "Terminals"]
