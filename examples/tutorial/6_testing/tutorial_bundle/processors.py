from zope import interface

from piped import processing
from piped.processors import base


# this mark makes a processor of the class: piped looks for it in the bundle
@interface.provider(processing.IProcessor)
class Uppercaser(base.InputOutputProcessor):
    # what it is called in pipelines
    name = "uppercase"

    def process_input(self, input, baton):
        return input.upper()
