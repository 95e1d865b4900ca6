from zope import interface
from piped import processing


class Old:
    interface.classProvides(processing.IProcessor)
    name = "old"
