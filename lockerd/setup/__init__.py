"""`lockerd setup`: from nothing to a walked cabinet, one question after another, in any terminal of 80 columns."""
