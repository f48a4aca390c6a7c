# gettext 0.23 and newer write "zh-Hans-CN"; polkit looks for the name of the locale, "zh_CN".
s/xml:lang="([a-z]+)(-[A-Z][a-z]+)?-([A-Z]+)"/xml:lang="\1_\3"/
