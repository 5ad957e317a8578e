# fish completion for callprobe: what may follow is asked of callprobe itself.
function __callprobe
    set -l line (commandline -opc)
    set -l here (commandline -ct)
    set -l flag (string match -r -- '^--[^=]*=' $here)
    for found in ($line[1] complete -- $line[2..] $here 2>/dev/null)
        if test $found = :paths
            for path in (__fish_complete_path (string replace -- "$flag" "" $here))
                echo "$flag$path"
            end
        else
            echo $found
        end
    end
end
complete -c callprobe -f -a '(__callprobe)'
