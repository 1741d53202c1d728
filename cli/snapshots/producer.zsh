#compdef producer

_producer() {
  local context state state_descr line
  local -a commands
  typeset -A opt_args
  _arguments -s -C \
    '(-u --service-url)'{-u,--service-url=}'[Broker or proxy to connect to]:url: ' \
    '--topic=[Topic; a bare name means persistent://public/default/NAME]:name: ' \
    '--partitions=[Make sure that the topic has this many partitions; 0 leaves it as it is]:n: ' \
    '--partition-discovery=[Time between checks for partitions added to the topic; 0 never checks]:time: ' \
    '--embedded=-[Start a broker inside this process instead; '\''null'\'' stores nothing]::mode:(memory null)' \
    '--driver=[Client: '\''wire'\'' is our own, '\''native'\'' npm:pulsar-client, from source by '\''deno task producer:native'\'']:client:(wire native)' \
    '--admin-url=[Address of the admin API, needed to create partitioned topics and to read the backlog]:url: ' \
    '--listener-name=[Advertised listener to ask the broker for]:name: ' \
    '--operation-timeout=[Give up a request to the broker after this time]:time: ' \
    '--keep-alive=[Ping the broker after this much silence]:time: ' \
    '--token-file=[File that holds the authentication token]:file:_files' \
    '--token-env=[Environment variable that holds the token; its name begins with PULSAR_ or PLL_]:name: ' \
    '--tls-ca=[PEM file of authorities to trust besides the built-in ones (Mozilla'\''s list)]:file:_files' \
    '--tls-cert=[PEM file of the client certificate, which is the identity where there is no token]:file:_files' \
    '--tls-key=[PEM file of the client certificate'\''s key]:file:_files' \
    '--tls-verify-hostname[Check that the server'\''s certificate carries its name]' \
    '--no-tls-verify-hostname[Turn off --tls-verify-hostname]' \
    '--workers=[Worker threads, each with its own connection]:n: ' \
    '(-d --duration)'{-d,--duration=}'[Stop after this time, warm-up not counted; messages in flight then have at most 10 s]:time: ' \
    '(-n --count)'{-n,--count=}'[Stop after exactly this many messages, all workers together; a consumer leaves the rest of a batch unacknowledged (all of that batch, where the broker has no batch-index acknowledgement)]:n: ' \
    '--warmup=[Run this long before measuring]:time: ' \
    '--verify=[Put a verification header into each payload; '\''strict'\'' adds a checksum of the body]:mode:(off count strict)' \
    '--run-id=[Name of this run; processes that belong together share it]:id: ' \
    '--seed=[Seed of all random choices, so that runs repeat]:n: ' \
    '--instances=[Producer processes that divide rate, count, keys and partitions of the run among them]:n: ' \
    '--instance=[Number of this process among them, from 0]:n: ' \
    '--barrier=[Start when n processes of the run, producers and consumers, are ready; 0 starts at once]:n: ' \
    '--barrier-timeout=[Give up when not all of them are ready after this time]:time: ' \
    '(-o --output)'{-o,--output=}'[Write the result as JSON, in place of an older file; '\''-'\'' is standard output]:file:_files' \
    '--json[Print the result as JSON instead of the summary]' \
    '--no-json[Turn off --json]' \
    '--events=-[Write one line of JSON for each interval and change; standard output without a file]::file:_files' \
    '--csv=[Write the intervals as CSV]:file:_files' \
    '--hdr-log=[Write the latency histograms as an HdrHistogram log]:file:_files' \
    '--html=[Write the page that '\''lab report'\'' makes of the result]:file:_files' \
    '--trace=[Write one line of JSON for each entry that is acknowledged or received (docs/trace.md)]:file:_files' \
    '*--threshold=[Fail (exit code 99) unless this holds, as in '\''response.p99<20ms'\''; may be repeated (see --help-thresholds)]:rule:{compadd -S "" -- service.p50 service.p90 service.p95 service.p99 service.p99.9 service.p99.99 service.min service.mean service.stddev service.max response.p50 response.p90 response.p95 response.p99 response.p99.9 response.p99.99 response.min response.mean response.stddev response.max batch.p50 batch.p90 batch.p95 batch.p99 batch.p99.9 batch.p99.99 batch.min batch.mean batch.stddev batch.max rate throughput messages errors errors.rate failed failed.rate reconnects outages outages.total outages.longest backpressure loop.lag missed missed.rate behind inflight}' \
    '--metrics-port=[Serve metrics to Prometheus on this port; 0 picks a free one]:port: ' \
    '--metrics-host=[Address that the metrics are served on]:address: ' \
    '--profile=[Start from these settings (see --list-profiles)]:name|file:{_alternative "names\:name\:(default low-latency high-throughput burst sustained)" "files\:file\:_files"}' \
    '--ui=[Panels, one live line, or one line each interval]:mode:(auto full basic plain none)' \
    '(-q --quiet)'{-q,--quiet}'[Show no progress; the summary is still printed]' \
    '--no-quiet[Turn off --quiet]' \
    '--color=[Use colours; NO_COLOR is respected]:when:(auto always never)' \
    '--theme=[Colours of the panels for a dark or a light background; auto asks the terminal]:background:(auto dark light)' \
    '--report-interval=[Time between progress lines, events, rows of CSV and HDR log; a result has one a second]:time: ' \
    '--debug[Show stack traces and protocol details]' \
    '--no-debug[Turn off --debug]' \
    '(-r --rate)'{-r,--rate=}'[Messages per second of all workers, '\''unlimited'\'', or '\''max'\'' to search what the cluster sustains]:rate: ' \
    '*--stage=[Load in stages, in turn: '\''TIME:RATE'\'', '\''ramp:TIME:RATE'\'', '\''burst:TIME:RATE:ON/OFF'\''; may be repeated]:stage: ' \
    '--burst=[Send this many messages at once, then wait, at the same mean rate; 0 spaces messages evenly]:n: ' \
    '--catch-up=[What to do about messages that are late: drop them, send some, send all]:how:(none bounded full)' \
    '--max-in-flight=[Messages a worker may have unacknowledged before it waits]:n: ' \
    '--producer-name=[Name of the producers, followed by the worker'\''s number]:name: ' \
    '--routing=[How messages are spread over partitions]:how:(round-robin key-hash single)' \
    '--batching[Send messages in batches]' \
    '--no-batching[Turn off --batching]' \
    '--batch-messages=[Most messages in a batch]:n: ' \
    '--batch-bytes=[Most bytes in a batch, before compression]:size: ' \
    '--batch-delay=[Longest wait for a batch to fill]:time: ' \
    '--compression=[Compress batches]:codec:(none lz4 zlib zstd snappy)' \
    '(-s --size)'{-s,--size=}'[Bytes of a payload: '\''1KiB'\'', a range '\''100-4KiB'\'', or a list '\''100,1KiB,8KiB'\'']:size: ' \
    '--payload=[What payloads are made of]:kind:(json random pattern sequential file template)' \
    '--compressibility=[Share of a random payload that compression can remove]:percent: ' \
    '--payload-file=[File with one payload a line]:file:_files' \
    '--template=[Text with placeholders to fill for each message]:text: ' \
    '--keys=[How message keys are chosen]:kind:(none round-robin random zipf)' \
    '--key-count=[Number of different keys]:n: ' \
    '*--property=[Property of every message; may be repeated]:key=value: ' \
    '--no-color[Use no colours]' \
    '(-c --config)'{-c,--config=}'[Read settings from a YAML file (environment: PLL_CONFIG)]:file:_files' \
    '--list-profiles[List the profiles and end]' \
    '--print-config=-[Print each setting with its source, and end]::format:(yaml json)' \
    '--help-env[List the environment variables and end]' \
    '--help-thresholds[List what --threshold can judge, and end]' \
    '(-h --help)'{-h,--help}'[Show all options; -h shows the common ones]' \
    '(-V --version)'{-V,--version}'[Show the version and how it was built]' \
    '1:command:->command' \
    '*::argument:->arguments'
  case "$state" in
  command)
    commands=(
      'completions:Print a completion script'
    )
    _describe command commands
    ;;
  arguments)
    case "$line[1]" in
    completions)
      _arguments -s \
        '*:argument:(bash zsh fish)'
      ;;
    esac
    ;;
  esac
}

# Autoloaded from $fpath the file is the function's body; sourced, it registers the function.
if [ "$funcstack[1]" = "_producer" ]; then
  _producer "$@"
else
  compdef _producer producer
fi
