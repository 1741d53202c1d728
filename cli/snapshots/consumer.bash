# bash completion for consumer

_consumer() {
  local cur="${COMP_WORDS[COMP_CWORD]}" prev="${COMP_WORDS[COMP_CWORD-1]}"
  # bash splits --name=value into three words.
  if [[ "$cur" == "=" ]]; then cur=""; elif [[ "$prev" == "=" ]]; then prev="${COMP_WORDS[COMP_CWORD-2]}"; fi
  COMPREPLY=()
  if [[ $COMP_CWORD -gt 1 ]]; then
    case "${COMP_WORDS[1]}" in
    completions)
      COMPREPLY+=($(compgen -W 'bash zsh fish' -- "$cur"))
      return ;;
    esac
  fi
  case "$prev" in
  -u|--service-url|--topic|--partitions|--partition-discovery|--admin-url|--listener-name|--operation-timeout|--keep-alive|--token-env|--workers|-d|--duration|-n|--count|--warmup|--run-id|--seed|--instances|--instance|--barrier|--barrier-timeout|--metrics-port|--metrics-host|--report-interval|-r|--rate|--subscription|--seek|--receiver-queue|--idle|--ack-group-time|--ack-group-max|--nack-percent|--nack-delay|--unacked-timeout)
    return ;;
  --embedded)
    if [[ "$cur" != -* ]]; then
      COMPREPLY=($(compgen -W 'memory null' -- "$cur"))
      return
    fi ;;
  --driver)
    COMPREPLY=($(compgen -W 'wire native' -- "$cur"))
    return ;;
  --token-file|--tls-ca|--tls-cert|--tls-key|-o|--output|--csv|--hdr-log|--html|--trace|-c|--config)
    compopt -o filenames 2>/dev/null
    while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$cur")
    return ;;
  --verify)
    COMPREPLY=($(compgen -W 'off count strict' -- "$cur"))
    return ;;
  --events)
    if [[ "$cur" != -* ]]; then
      compopt -o filenames 2>/dev/null
      while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$cur")
      return
    fi ;;
  --threshold)
    compopt -o nospace 2>/dev/null
    COMPREPLY=($(compgen -W 'e2e.p50 e2e.p90 e2e.p95 e2e.p99 e2e.p99.9 e2e.p99.99 e2e.min e2e.mean e2e.stddev e2e.max batch.p50 batch.p90 batch.p95 batch.p99 batch.p99.9 batch.p99.99 batch.min batch.mean batch.stddev batch.max rate throughput messages errors errors.rate failed failed.rate reconnects outages outages.total outages.longest backpressure loop.lag redelivered redelivered.rate nacked backlog verify.lost verify.not_received verify.duplicates verify.out_of_order verify.reordered verify.corrupt verify.foreign verify.verified' -- "$cur"))
    return ;;
  --profile)
    COMPREPLY=($(compgen -W 'default low-latency high-throughput burst sustained' -- "$cur"))
    compopt -o filenames 2>/dev/null
    while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$cur")
    return ;;
  --ui)
    COMPREPLY=($(compgen -W 'auto full basic plain none' -- "$cur"))
    return ;;
  --color)
    COMPREPLY=($(compgen -W 'auto always never' -- "$cur"))
    return ;;
  --theme)
    COMPREPLY=($(compgen -W 'auto dark light' -- "$cur"))
    return ;;
  --subscription-type)
    COMPREPLY=($(compgen -W 'exclusive shared failover key-shared' -- "$cur"))
    return ;;
  --initial-position)
    COMPREPLY=($(compgen -W 'latest earliest' -- "$cur"))
    return ;;
  --ack)
    COMPREPLY=($(compgen -W 'individual cumulative none' -- "$cur"))
    return ;;
  --print-config)
    if [[ "$cur" != -* ]]; then
      COMPREPLY=($(compgen -W 'yaml json' -- "$cur"))
      return
    fi ;;
  esac
  if [[ "$cur" == -* ]]; then
    COMPREPLY=($(compgen -W '--service-url --topic --partitions --partition-discovery --embedded --driver --admin-url --listener-name --operation-timeout --keep-alive --token-file --token-env --tls-ca --tls-cert --tls-key --tls-verify-hostname --no-tls-verify-hostname --workers --duration --count --warmup --verify --run-id --seed --instances --instance --barrier --barrier-timeout --output --json --no-json --events --csv --hdr-log --html --trace --threshold --metrics-port --metrics-host --profile --ui --quiet --no-quiet --color --theme --report-interval --debug --no-debug --rate --subscription --subscription-type --durable --no-durable --initial-position --seek --receiver-queue --idle --unsubscribe --no-unsubscribe --ack --ack-group-time --ack-group-max --batch-index-ack --no-batch-index-ack --nack-percent --nack-delay --unacked-timeout --no-color --config --list-profiles --print-config --help-env --help-thresholds --help --version' -- "$cur"))
    return
  fi
  if [[ $COMP_CWORD -eq 1 && "$cur" != -* ]]; then
    COMPREPLY+=($(compgen -W 'completions' -- "$cur"))
  fi
}

complete -F _consumer consumer
