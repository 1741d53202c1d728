# fish completion for lab
complete -c lab -f
complete -c lab -n 'not __fish_seen_subcommand_from report doctor' -s h -l help -d 'Show [this]: it\'s help'
complete -c lab -n 'not __fish_seen_subcommand_from report doctor' -a report -d 'Write a report (HTML): it\'s one file'
complete -c lab -n '__fish_seen_subcommand_from report' -s o -l output -r -F -d 'Where to'
complete -c lab -n '__fish_seen_subcommand_from report' -F
complete -c lab -n 'not __fish_seen_subcommand_from report doctor' -a doctor -d 'Check everything'
