"""How often a process of the server looks for garbage."""

import gc

FEW = 50_000
"""Objects made before Python looks for garbage among them; 700 unless set, and a chunk of an import makes 50,000."""


def look_for_garbage_seldom() -> None:
    """Leave out what the process has loaded, it stays to the end; and look at the rest less often.

    Measured on import chunks: without it a quarter of the worker's time goes into looking at modules again and again.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(FEW, 20, 20)
