"""The processors that come with piped, a family a module.

Each stands in `MANIFEST`, so that only what is used is imported.
"""

from __future__ import annotations

# The name in the configuration → "module:attribute".
MANIFEST: dict[str, str] = {
    "call-dependency": "piped.processors.dependency_processors:CallDependency",
    "clean-baton": "piped.processors.dict_processors:CleanBaton",
    "collect-batons": "piped.processors.collection_processors:CollectBatons",
    "decode-json": "piped.processors.json_processors:DecodeJson",
    "decode-string": "piped.processors.text_processors:DecodeString",
    "encode-json": "piped.processors.json_processors:EncodeJson",
    "encode-jsonp": "piped.processors.json_processors:EncodeJsonp",
    "encode-string": "piped.processors.text_processors:EncodeString",
    "eval-lambda": "piped.processors.code_processors:EvalLambda",
    "fetch-context": "piped.processors.context_processors:FetchContext",
    "fetch-persisted-context": "piped.processors.context_processors:FetchPersistedContext",
    "flatten-list-of-dictionaries": "piped.processors.list_processors:FlattenListOfDictionaries",
    "flatten-nested-lists": "piped.processors.list_processors:FlattenNestedLists",
    "format-date": "piped.processors.datetime_processors:FormatDate",
    "format-string": "piped.processors.text_processors:FormatString",
    "group-by-value": "piped.processors.list_processors:GroupByValue",
    "increment-counter": "piped.processors.value_processors:IncrementCounter",
    "lambda-decider": "piped.processors.flow_processors:LambdaDecider",
    "log": "piped.processors.log_processors:Log",
    "merge-with-dict": "piped.processors.dict_processors:MergeWithDict",
    "parse-datetime": "piped.processors.datetime_processors:ParseDatetime",
    "parse-iostat-output": "piped.processors.process_processors:ParseIostatOutput",
    "passthrough": "piped.processors.flow_processors:Passthrough",
    "prefix-string": "piped.processors.text_processors:PrefixString",
    "pretty-print": "piped.processors.log_processors:PrettyPrint",
    "print-failure-traceback": "piped.processors.failure_processors:PrintFailureTraceback",
    "process-xpaths": "piped.processors.xml_processors:ProcessXpaths",
    "raise-exception": "piped.processors.failure_processors:RaiseException",
    "remap": "piped.processors.value_processors:Remap",
    "remove-markup": "piped.processors.xml_processors:RemoveMarkup",
    "run-pipeline": "piped.processors.pipeline_processors:RunPipeline",
    "save-persisted-context": "piped.processors.context_processors:SavePersistedContext",
    "set-value": "piped.processors.value_processors:SetValue",
    "set-values": "piped.processors.value_processors:SetValues",
    "shutdown": "piped.processors.flow_processors:Shutdown",
    "start-tick-interval": "piped.processors.tick_processors:StartTickInterval",
    "stop": "piped.processors.flow_processors:Stop",
    "stop-tick-interval": "piped.processors.tick_processors:StopTickInterval",
    "trap-failure": "piped.processors.failure_processors:TrapFailure",
    "wait": "piped.processors.flow_processors:Wait",
}
