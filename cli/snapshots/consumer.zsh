#compdef consumer

_consumer() {
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
    '--verify=[Count lost, duplicate, reordered and corrupt messages; '\''strict'\'' checks bodies too]:mode:(off count strict)' \
    '--run-id=[Name of this run; processes that belong together share it]:id: ' \
    '--seed=[Seed of all random choices, so that runs repeat]:n: ' \
    '--instances=[Consumer processes that divide the messages of the run among them]:n: ' \
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
    '*--threshold=[Fail (exit code 99) unless this holds, as in '\''e2e.p99<50ms'\''; may be repeated (see --help-thresholds)]:rule:{compadd -S "" -- e2e.p50 e2e.p90 e2e.p95 e2e.p99 e2e.p99.9 e2e.p99.99 e2e.min e2e.mean e2e.stddev e2e.max batch.p50 batch.p90 batch.p95 batch.p99 batch.p99.9 batch.p99.99 batch.min batch.mean batch.stddev batch.max rate throughput messages errors errors.rate failed failed.rate reconnects outages outages.total outages.longest backpressure loop.lag redelivered redelivered.rate nacked backlog verify.lost verify.not_received verify.duplicates verify.out_of_order verify.reordered verify.corrupt verify.foreign verify.verified}' \
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
    '(-r --rate)'{-r,--rate=}'[Be a slow consumer: at most this many messages per second, all workers together]:rate: ' \
    '--subscription=[Name of the subscription]:name: ' \
    '--subscription-type=[How the subscription'\''s consumers share messages]:type:(exclusive shared failover key-shared)' \
    '--durable[Keep the subscription when its consumer is gone; without, it is exclusive: a reader]' \
    '--no-durable[Turn off --durable]' \
    '--initial-position=[Where a new subscription begins]:where:(latest earliest)' \
    '--seek=[Move the subscription first: '\''earliest'\'', '\''latest'\'', or a time such as '\''2026-01-31T12:00:00Z'\'']:where: ' \
    '--receiver-queue=[Messages that the broker may send ahead to each consumer]:n: ' \
    '--idle=[Stop when connected and nothing has arrived for this long; 0 waits for ever]:time: ' \
    '--unsubscribe[Delete the subscription at the end]' \
    '--no-unsubscribe[Turn off --unsubscribe]' \
    '--ack=[How messages are acknowledged]:how:(individual cumulative none)' \
    '--ack-group-time=[Collect acknowledgements for this long; 0 sends each at once]:time: ' \
    '--ack-group-max=[Most acknowledgements to collect]:n: ' \
    '--batch-index-ack[Refuse (--nack-percent) single messages of a batch and acknowledge the rest of it]' \
    '--no-batch-index-ack[Turn off --batch-index-ack]' \
    '--nack-percent=[Share of messages to refuse (acknowledge negatively), to exercise redelivery]:percent: ' \
    '--nack-delay=[Time before redelivery of a refused message is requested]:time: ' \
    '--unacked-timeout=[Request redelivery of messages that are unacknowledged this long; 0 never does]:time: ' \
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
if [ "$funcstack[1]" = "_consumer" ]; then
  _consumer "$@"
else
  compdef _consumer consumer
fi
