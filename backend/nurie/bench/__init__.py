"""``nurie bench``: what colouring costs on this machine, beside a stated peer and the machine's own ceiling.

Every figure comes from a process of its own, and the cases take turns: a disturbance meets all of them alike.
"""
