import LineEditing
import Testing

@Suite struct EditorLayoutTests {
    private static func layout(_ text: String, cursor: Int? = nil, columns: Int = 10) -> EditorLayout {
        let characters = Array(text)
        return EditorLayout(
            prompt: "> ", continuation: ". ", characters: characters, cursor: cursor ?? characters.count,
            columns: columns)
    }

    @Test(arguments: [
        ("", ["> "], 0, 2), ("abc", ["> abc"], 0, 5), ("abcdefg", ["> abcdefg"], 0, 9),
        // The cursor behind a full row stands in the next.
        ("abcdefgh", ["> abcdefgh", ""], 1, 0), ("abcdefghi", ["> abcdefgh", "i"], 1, 1),
        ("a\nb", ["> a", ". b"], 1, 3), ("a\n", ["> a", ". "], 1, 2),
        // A wide character is not cut in two.
        ("abcdefg日", ["> abcdefg", "日"], 1, 2), ("日本", ["> 日本"], 0, 6), ("e\u{301}x", ["> e\u{301}x"], 0, 4),
        ("a\tb", ["> a    b"], 0, 8),
    ])
    func aTextIsBrokenIntoRows(text: String, rows: [String], row: Int, column: Int) {
        let layout = Self.layout(text)
        #expect(layout.rows == rows)
        #expect(layout.cursorRow == row && layout.cursorColumn == column)
    }

    @Test func theCursorStandsBeforeItsCharacter() {
        #expect(Self.layout("abcdefghij", cursor: 8).cursorColumn == 0)
        #expect(Self.layout("abcdefghij", cursor: 7).cursorColumn == 9)
        #expect(Self.layout("ab\ncd", cursor: 2).cursorColumn == 4)
    }

    @Test(
        arguments: [
            ("a", 1), ("ü", 1), ("日", 2), ("ｱ", 1), ("Ａ", 2), ("한", 2), ("🦊", 2), ("👩‍👩‍👧", 2), ("🇩🇪", 2), ("❤️", 2),
            ("❤", 1),
            ("\u{301}", 0), ("\u{200b}", 0), ("e\u{301}", 1), ("\t", 4),
        ] as [(Character, Int)])
    func charactersHaveTheirWidth(character: Character, columns: Int) {
        #expect(TextWidth.columns(of: character) == columns)
    }

    @Test func aWindowHoldsTheCursor() {
        let text = (0..<50).map { "\($0)" }.joined(separator: "\n")
        for cursor in stride(from: 0, through: text.count, by: 7) {
            let whole = Self.layout(text, cursor: cursor)
            let part = whole.window(height: 5)
            #expect(part.rows.count == 5)
            #expect(part.rows[part.cursorRow] == whole.rows[whole.cursorRow])
        }
        #expect(Self.layout("a").window(height: 5) == Self.layout("a"))
    }

    @Test func aScreenGoesBackOverWhatItShowed() {
        var screen = EditorScreen()
        #expect(screen.draw(Self.layout("a"), columns: 10) == "\r\u{1b}[J> a\r\u{1b}[3C")
        let long = Self.layout("abcdefghijkl", cursor: 0)
        #expect(screen.draw(long, columns: 10) == "\r\u{1b}[J> abcdefgh\r\nijkl\u{1b}[1A\r\u{1b}[2C")
        #expect(screen.draw(Self.layout("abcdefghijkl"), columns: 10).hasPrefix("\r\u{1b}[J> "))
        #expect(screen.draw(Self.layout("b"), columns: 10).hasPrefix("\u{1b}[1A\r\u{1b}[J> b"))
        #expect(screen.draw(long, columns: 10).hasPrefix("\r\u{1b}[J"))
        #expect(screen.leave() == "\u{1b}[1B\r\n")
        #expect(screen.leave().isEmpty)
    }

    @Test func aNarrowerTerminalHasBrokenTheRowsAgain() {
        let layout = Self.layout("abcdefghijkl", columns: 20)
        #expect(layout.rowsAboveCursor(columns: 20) == 0)
        #expect(layout.rowsAboveCursor(columns: 10) == 1)
        #expect(Self.layout("abcdefghijkl", columns: 10).rowsAboveCursor(columns: 5) == 2)
    }
}
