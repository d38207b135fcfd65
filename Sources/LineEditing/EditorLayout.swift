/// A text broken into the rows of a terminal, and where the cursor is in them.
///
/// Example: "abcde" behind the prompt "> " on five columns is the rows "> abc" and "de"; with the cursor at the end it stands
/// in row 1 at column 2.
package struct EditorLayout: Equatable, Sendable {
    /// The rows from the top, prompt included; none is wider than the terminal.
    package private(set) var rows: [String] = []
    /// Columns that each row takes.
    package private(set) var widths: [Int] = []
    /// The row of the cursor.
    package private(set) var cursorRow = 0
    /// The column of the cursor; always inside of the row.
    package private(set) var cursorColumn = 0

    private static let minimumColumns = 8

    /// Breaks `characters` behind `prompt`; further lines begin with `continuation`. Both take one column for each character.
    package init(prompt: String, continuation: String, characters: [Character], cursor: Int, columns: Int) {
        let columns = max(columns, Self.minimumColumns)
        var row = prompt
        var width = prompt.count
        func finish(_ next: String) {
            rows.append(row)
            widths.append(width)
            (row, width) = (next, next.count)
        }
        for index in 0...characters.count {
            let character = index < characters.count ? characters[index] : nil
            let wanted = character.map { $0 == "\n" ? 0 : TextWidth.columns(of: $0) } ?? 0
            // The cursor itself takes a column.
            if width + max(wanted, index == cursor ? 1 : 0) > columns { finish("") }
            if index == cursor { (cursorRow, cursorColumn) = (rows.count, width) }
            guard let character else { break }
            if character == "\n" {
                finish(continuation)
            } else {
                row += TextWidth.shown(character)
                width += wanted
            }
        }
        finish("")
    }

    /// As many rows around the cursor as fit, without those above and below.
    package func window(height: Int) -> EditorLayout {
        let height = max(height, 1)
        guard rows.count > height else { return self }
        let first = min(max(0, cursorRow - height / 2), rows.count - height)
        var part = self
        part.rows = Array(rows[first..<first + height])
        part.widths = Array(widths[first..<first + height])
        part.cursorRow -= first
        return part
    }

    /// Rows between the first one and the cursor on a terminal that has broken the rows anew for `columns`.
    package func rowsAboveCursor(columns: Int) -> Int {
        let columns = max(columns, 1)
        return widths[..<cursorRow].reduce(0) { $0 + max(1, ($1 + columns - 1) / columns) } + cursorColumn / columns
    }
}

/// What has to be written to a terminal so that it shows a layout in place of the one before (ECMA-48).
package struct EditorScreen: Sendable {
    private var shown: EditorLayout?

    /// A screen on which nothing is shown yet; the cursor stands at the beginning of a row.
    package init() {}

    /// Replaces what is shown.
    package mutating func draw(_ layout: EditorLayout, columns: Int) -> String {
        var text = back(columns: columns) + "\u{1b}[J" + layout.rows.joined(separator: "\r\n")
        let below = layout.rows.count - 1 - layout.cursorRow
        if below > 0 { text += "\u{1b}[\(below)A" }
        text += "\r"
        if layout.cursorColumn > 0 { text += "\u{1b}[\(layout.cursorColumn)C" }
        shown = layout
        return text
    }

    /// Leaves what is shown where it is and goes to a new row below.
    package mutating func leave() -> String {
        defer { shown = nil }
        guard let shown else { return "" }
        let below = shown.rows.count - 1 - shown.cursorRow
        return (below > 0 ? "\u{1b}[\(below)B" : "") + "\r\n"
    }

    /// Empties the whole screen.
    package mutating func clear() -> String {
        shown = nil
        return "\u{1b}[H\u{1b}[2J"
    }

    private func back(columns: Int) -> String {
        let above = shown?.rowsAboveCursor(columns: columns) ?? 0
        return (above > 0 ? "\u{1b}[\(above)A" : "") + "\r"
    }
}
