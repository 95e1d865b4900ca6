from piped.processors.base import Processor


class Mine(Processor):
    name = "passthrough"

    def process(self, baton):
        return baton
