/// Stretches of a text that a word may be, told from its bytes.
enum WordStretch {
    /// The length of the longest stretch whose ASCII characters are all of one kind. Others may be of any kind.
    ///
    /// Example: with letters, digits and others as kinds, of `ab!…!…c` it is `!…!…`, with eight bytes.
    static func longest(in text: String, kind: (UInt8) -> UInt8) -> Int {
        var longest = 0
        var start = 0
        /// Behind the last ASCII character.
        var open = 0
        var last: UInt8 = 0
        var index = 0
        for byte in text.utf8 {
            index += 1
            if byte < 0x80 {
                let kind = kind(byte)
                if kind != last { start = open }
                last = kind
                open = index
            }
            longest = max(longest, index - start)
        }
        return longest
    }
}
