/// How many columns of a terminal a character takes.
///
/// Source: Unicode's EastAsianWidth.txt (W and F) and the default emoji presentation of emoji-data.txt.
package enum TextWidth {
    /// Columns of a tab, which is shown as blanks.
    static let tab = 4

    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115f, 0x2e80...0x303e, 0x3041...0xa4cf, 0xa960...0xa97f, 0xac00...0xd7a3, 0xf900...0xfaff,
        0xfe10...0xfe19, 0xfe30...0xfe6f, 0xff00...0xff60, 0xffe0...0xffe6, 0x16fe0...0x1b2ff, 0x1f200...0x1f265,
        0x20000...0x3fffd,
    ]

    /// 0, 1 or 2; 4 for a tab. A cluster of several scalars is as wide as its first, or 2 where a selector makes it an emoji.
    package static func columns(of character: Character) -> Int {
        guard character != "\t" else { return tab }
        let scalars = character.unicodeScalars
        guard let first = scalars.first else { return 0 }
        if scalars.contains("\u{fe0f}"), first.properties.isEmoji { return 2 }
        switch first.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .control: return 0
        default: break
        }
        // Flags are pairs of letters that have no width of their own as one.
        let isFlag = (0x1f1e6...0x1f1ff).contains(first.value)
        let isWide = first.properties.isEmojiPresentation && !isFlag || wide.contains { $0.contains(first.value) }
        return isWide || isFlag && scalars.count > 1 ? 2 : 1
    }

    /// What is shown for a character.
    static func shown(_ character: Character) -> String {
        character == "\t" ? String(repeating: " ", count: tab) : String(character)
    }
}
