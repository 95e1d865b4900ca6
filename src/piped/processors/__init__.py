"""The processors that come with piped, a family a module.

Each stands in `MANIFEST`, so that only what is used is imported.
"""

from __future__ import annotations

# The name in the configuration → "module:attribute".
MANIFEST: dict[str, str] = {
    "call-dependency": "piped.processors.dependency_processors:CallDependency",
    "collect-batons": "piped.processors.collection_processors:CollectBatons",
    "eval-lambda": "piped.processors.code_processors:EvalLambda",
    "fetch-context": "piped.processors.context_processors:FetchContext",
    "fetch-persisted-context": "piped.processors.context_processors:FetchPersistedContext",
    "for-each": "piped.processors.iteration_processors:ForEach",
    "format-string": "piped.processors.text_processors:FormatString",
    "increment-counter": "piped.processors.value_processors:IncrementCounter",
    "lambda-decider": "piped.processors.flow_processors:LambdaDecider",
    "log": "piped.processors.log_processors:Log",
    "passthrough": "piped.processors.flow_processors:Passthrough",
    "pretty-print": "piped.processors.log_processors:PrettyPrint",
    "print-failure-traceback": "piped.processors.failure_processors:PrintFailureTraceback",
    "raise-exception": "piped.processors.failure_processors:RaiseException",
    "remap": "piped.processors.value_processors:Remap",
    "run-pipeline": "piped.processors.pipeline_processors:RunPipeline",
    "run-pipeline-if": "piped.processors.pipeline_processors:RunPipelineIf",
    "save-persisted-context": "piped.processors.context_processors:SavePersistedContext",
    "scatter-gather": "piped.processors.gathering_processors:ScatterGather",
    "set-value": "piped.processors.value_processors:SetValue",
    "set-values": "piped.processors.value_processors:SetValues",
    "shutdown": "piped.processors.flow_processors:Shutdown",
    "start-tick-interval": "piped.processors.tick_processors:StartTickInterval",
    "stop": "piped.processors.flow_processors:Stop",
    "stop-tick-interval": "piped.processors.tick_processors:StopTickInterval",
    "trap-failure": "piped.processors.failure_processors:TrapFailure",
    "wait": "piped.processors.flow_processors:Wait",
}
