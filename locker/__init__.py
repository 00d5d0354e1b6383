"""The trade itself: what may happen to a parcel, a door and a person at the cabinet."""
