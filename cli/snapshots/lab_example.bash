# bash completion for lab

_lab() {
  local cur="${COMP_WORDS[COMP_CWORD]}" prev="${COMP_WORDS[COMP_CWORD-1]}"
  # bash splits --name=value into three words.
  if [[ "$cur" == "=" ]]; then cur=""; elif [[ "$prev" == "=" ]]; then prev="${COMP_WORDS[COMP_CWORD-2]}"; fi
  COMPREPLY=()
  if [[ $COMP_CWORD -gt 1 ]]; then
    case "${COMP_WORDS[1]}" in
    report)
      case "$prev" in
      -o|--output)
        compopt -o filenames 2>/dev/null
        while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$cur")
        return ;;
      esac
      if [[ "$cur" == -* ]]; then
        COMPREPLY=($(compgen -W '--output' -- "$cur"))
        return
      fi
      compopt -o filenames 2>/dev/null
      while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$cur")
      return ;;
    doctor)
      return ;;
    esac
  fi
  if [[ "$cur" == -* ]]; then
    COMPREPLY=($(compgen -W '--help' -- "$cur"))
    return
  fi
  if [[ $COMP_CWORD -eq 1 && "$cur" != -* ]]; then
    COMPREPLY+=($(compgen -W 'report doctor' -- "$cur"))
  fi
}

complete -F _lab lab
