# bash completion for producer

_producer() {
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
  -u|--service-url|--topic|--partitions|--partition-discovery|--admin-url|--listener-name|--operation-timeout|--keep-alive|--token-env|--workers|-d|--duration|-n|--count|--warmup|--run-id|--seed|--instances|--instance|--barrier|--barrier-timeout|--metrics-port|--metrics-host|--report-interval|-r|--rate|--stage|--burst|--max-in-flight|--producer-name|--batch-messages|--batch-bytes|--batch-delay|-s|--size|--compressibility|--template|--key-count|--property)
    return ;;
  --embedded)
    if [[ "$cur" != -* ]]; then
      COMPREPLY=($(compgen -W 'memory null' -- "$cur"))
      return
    fi ;;
  --driver)
    COMPREPLY=($(compgen -W 'wire native' -- "$cur"))
    return ;;
  --token-file|--tls-ca|--tls-cert|--tls-key|-o|--output|--csv|--hdr-log|--html|--trace|--payload-file|-c|--config)
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
    COMPREPLY=($(compgen -W 'service.p50 service.p90 service.p95 service.p99 service.p99.9 service.p99.99 service.min service.mean service.stddev service.max response.p50 response.p90 response.p95 response.p99 response.p99.9 response.p99.99 response.min response.mean response.stddev response.max batch.p50 batch.p90 batch.p95 batch.p99 batch.p99.9 batch.p99.99 batch.min batch.mean batch.stddev batch.max rate throughput messages errors errors.rate failed failed.rate reconnects outages outages.total outages.longest backpressure loop.lag missed missed.rate behind inflight' -- "$cur"))
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
  --catch-up)
    COMPREPLY=($(compgen -W 'none bounded full' -- "$cur"))
    return ;;
  --routing)
    COMPREPLY=($(compgen -W 'round-robin key-hash single' -- "$cur"))
    return ;;
  --compression)
    COMPREPLY=($(compgen -W 'none lz4 zlib zstd snappy' -- "$cur"))
    return ;;
  --payload)
    COMPREPLY=($(compgen -W 'json random pattern sequential file template' -- "$cur"))
    return ;;
  --keys)
    COMPREPLY=($(compgen -W 'none round-robin random zipf' -- "$cur"))
    return ;;
  --print-config)
    if [[ "$cur" != -* ]]; then
      COMPREPLY=($(compgen -W 'yaml json' -- "$cur"))
      return
    fi ;;
  esac
  if [[ "$cur" == -* ]]; then
    COMPREPLY=($(compgen -W '--service-url --topic --partitions --partition-discovery --embedded --driver --admin-url --listener-name --operation-timeout --keep-alive --token-file --token-env --tls-ca --tls-cert --tls-key --tls-verify-hostname --no-tls-verify-hostname --workers --duration --count --warmup --verify --run-id --seed --instances --instance --barrier --barrier-timeout --output --json --no-json --events --csv --hdr-log --html --trace --threshold --metrics-port --metrics-host --profile --ui --quiet --no-quiet --color --theme --report-interval --debug --no-debug --rate --stage --burst --catch-up --max-in-flight --producer-name --routing --batching --no-batching --batch-messages --batch-bytes --batch-delay --compression --size --payload --compressibility --payload-file --template --keys --key-count --property --no-color --config --list-profiles --print-config --help-env --help-thresholds --help --version' -- "$cur"))
    return
  fi
  if [[ $COMP_CWORD -eq 1 && "$cur" != -* ]]; then
    COMPREPLY+=($(compgen -W 'completions' -- "$cur"))
  fi
}

complete -F _producer producer
