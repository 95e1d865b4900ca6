"""`twistd ersid`. It imports next to nothing: `twistd` reads all plugins, whichever it runs."""

from twisted.application.service import ServiceMaker

ersid = ServiceMaker("Ersid", "ersid.tap", "Ersid service plugin", "ersid")
