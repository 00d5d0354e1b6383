"""The operator's centre for many lockers: takes in what they tell, shows who needs somebody, and gives signed orders.

It knows nothing of a locker but what stands on the wire: the format of events, orders and signed notes.
"""
