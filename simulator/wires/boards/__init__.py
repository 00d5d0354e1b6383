"""Lock boards as their documents describe them, at the far end of a serial wire. No driver's codec is used."""

from simulator.wires.boards.board import Board, BoardReply, Terminals
from simulator.wires.boards.cb8a import Cb8aBoard
from simulator.wires.boards.kerong import Cu16Board, Cu48Board
from simulator.wires.boards.modbus import ModbusBoard

__all__ = ["Board", "BoardReply", "Cb8aBoard", "Cu16Board", "Cu48Board", "ModbusBoard", "Terminals"]
