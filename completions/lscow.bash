# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
# Completion of lscow's command line in bash.
#
# It uses nothing from the bash-completion package, which only loads it.

_lscow_list_commands()
{
	echo 'files chunks owner status'
}

# Prints the options of command $1, or without a command those of lscow itself.
# What follows a "=" is not part of the option: it says what the value is, as
# _lscow_offer_value understands it.
_lscow_list_options()
{
	local input='--origin=file --cow=file --old=file --new=file
		--changes=feed --offset=text --partition=text'
	local common='--progress --quiet --no-sandbox -h --help'

	case $1 in
	files)
		echo "$input $common
			--format=status|paths|rsync|json -0 --null --side=new|old
			--only=text --under=text --expand --ranges --quick --stats
			--names-cache=file --names-cache-size=text --partial --color=auto|always|never"
		;;
	chunks) echo "$input $common --format=ranges|json --summary" ;;
	owner)
		echo "--bytes --sectors --offset=text --partition=text
			--format=status|json --partial $common"
		;;
	status) echo '--format=table|json -h --help' ;;
	'') echo '-h --help -V --version' ;;
	esac
}

_lscow_list_feeds()
{
	echo 'dm-snapshot ranges thin-delta'
}

# Prints logical volumes as VG/LV: LVM keeps a link in /dev for each.
_lscow_list_volumes()
{
	local path

	for path in /dev/*/*; do
		if [[ -L $path && -b $path && $path != /dev/@(block|disk|mapper)/* ]]; then
			echo "${path#/dev/}"
		fi
	done
}

# Prints what the value of option $1 of command $2 is, nothing if it has none.
_lscow_find_value()
{
	local option

	for option in $(_lscow_list_options "$2"); do
		if [[ $option == "$1="* ]]; then
			echo "${option#*=}"
		fi
	done
}

# Offers those of the words in $1 that begin with $2.
_lscow_offer_words()
{
	mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2")
}

_lscow_offer_files()
{
	mapfile -t COMPREPLY < <(compgen -f -- "$1")
	compopt -o filenames 2>/dev/null
}

# Offers what command $1 takes besides options, where it begins with $2.
_lscow_offer_arguments()
{
	local -a files=()

	if [[ $1 != status ]]; then
		_lscow_offer_files "$2"
		files=("${COMPREPLY[@]}")
	fi
	_lscow_offer_words "$(_lscow_list_volumes)" "$2"
	COMPREPLY+=("${files[@]}")
}

# _lscow_offer_value WHAT BEGINNING
_lscow_offer_value()
{
	case $1 in
	file) _lscow_offer_files "$2" ;;
	feed)
		mapfile -t COMPREPLY < <(compgen -W "$(_lscow_list_feeds)" -S : -- "$2")
		compopt -o nospace 2>/dev/null
		;;
	text) ;;
	*) _lscow_offer_words "${1//|/ }" "$2" ;;
	esac
}

_lscow()
{
	# bash cuts words at "=" and ":" as well, and takes a word for the part
	# behind them: --format=json is three words.
	local -a words=("${COMP_WORDS[@]:0:COMP_CWORD+1}")
	local command='' current option value

	COMPREPLY=()
	if [[ ${words[-1]} == [=:] ]]; then
		words+=('')
	fi
	if [[ ${#words[@]} -gt 2 && ${words[1]} != -* ]]; then
		command=${words[1]}
	fi
	current=${words[-1]}
	option=${words[-2]}
	if [[ $option == '=' && ${#words[@]} -gt 2 ]]; then
		option=${words[-3]}
	fi

	value=$(_lscow_find_value "$option" "$command")
	if [[ -n $value ]]; then
		_lscow_offer_value "$value" "$current"
	elif [[ $current == -* ]]; then
		_lscow_offer_words "$(_lscow_list_options "$command" |
			sed 's/=[^[:space:]]*//g')" "$current"
	elif [[ -z $command ]]; then
		_lscow_offer_words "$(_lscow_list_commands)" "$current"
	else
		_lscow_offer_arguments "$command" "$current"
	fi
}

complete -F _lscow lscow
