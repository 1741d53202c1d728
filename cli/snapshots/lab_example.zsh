#compdef lab

_lab() {
  local context state state_descr line
  local -a commands
  typeset -A opt_args
  _arguments -s -C \
    '(-h --help)'{-h,--help}'[Show \[this\]: it'\''s help]' \
    '1:command:->command' \
    '*::argument:->arguments'
  case "$state" in
  command)
    commands=(
      'report:Write a report (HTML): it'\''s one file'
      'doctor:Check everything'
    )
    _describe command commands
    ;;
  arguments)
    case "$line[1]" in
    report)
      _arguments -s \
        '(-o --output)'{-o,--output=}'[Where to]:file:_files' \
        '*:argument:_files'
      ;;
    doctor)
      _message 'no arguments'
      ;;
    esac
    ;;
  esac
}

# Autoloaded from $fpath the file is the function's body; sourced, it registers the function.
if [ "$funcstack[1]" = "_lab" ]; then
  _lab "$@"
else
  compdef _lab lab
fi
