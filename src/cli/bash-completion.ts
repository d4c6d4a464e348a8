/**
 * The completion script of bash. Our own: it must work without the bash-completion package, may be sourced any number of times,
 * and never evaluates what has been typed.
 */
const SCRIPT_LINES: readonly string[] = [
  '# bash completion for keystone',
  '_keystone() {',
  '  local index word line prefix=',
  '  local -a words=()',
  '  # Bash splits words at "="; put them together again.',
  '  for ((index = 1; index <= COMP_CWORD; index++)); do',
  '    word=${COMP_WORDS[index]}',
  '    if ((${#words[@]} > 0)) && [[ $word == "=" || ${COMP_WORDS[index - 1]} == "=" ]]; then',
  '      words[${#words[@]} - 1]+=$word',
  '    else',
  '      words+=("$word")',
  '    fi',
  '  done',
  '  word=${words[${#words[@]} - 1]}',
  '  [[ $word == *=* ]] && prefix=${word%"${word##*=}"}',
  '  COMPREPLY=()',
  '  while IFS= read -r line; do',
  '    case $line in',
  '      :4) compopt +o default 2>/dev/null ;;',
  '      :*) ;;',
  '      *) line=${line%%$\'\\t\'*}; COMPREPLY+=("${line#"$prefix"}") ;;',
  '    esac',
  '  done < <(keystone complete -- "${words[@]}" 2>/dev/null)',
  '}',
  'complete -o default -F _keystone keystone',
];

export const BASH_COMPLETION = SCRIPT_LINES.join('\n');
