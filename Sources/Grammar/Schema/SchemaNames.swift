/// Tells words of other tools from misspelt ones.
extension SchemaKeyword {
    /// Whether a keyword changes nothing: an annotation of JSON Schema, or a word of another tool, which the
    /// specification tells readers to pass over.
    static func isAnnotation(_ keyword: String) -> Bool {
        !own.contains(keyword) && !applicators.contains(keyword) && meant(by: keyword) == nil
    }

    /// The keyword that was probably meant by a name that is none; nil for words of other tools.
    ///
    /// A name is a slip if it differs by its case, by hyphens or underscores between its words, or by one letter (two in
    /// a long one). Names that begin with an sign or `x-` are marks of other tools.
    static func meant(by name: String) -> String? {
        guard !annotations.contains(name), !name.hasPrefix("x-"), name.utf8.count <= 40,
            let first = name.unicodeScalars.first, first == "$" || first.properties.isAlphabetic
        else { return nil }
        let plain = plainForm(name)
        var best: (keyword: String, distance: Int)?
        for keyword in [own, applicators, annotations].joined() {
            let other = plainForm(keyword)
            let most = plain.count < 5 ? 0 : plain.count < 9 ? 1 : 2
            guard abs(plain.count - other.count) <= most else { continue }
            let distance = distance(plain, other)
            guard distance <= most else { continue }
            if let best, (best.distance, best.keyword) <= (distance, keyword) { continue }
            best = (keyword, distance)
        }
        return best.flatMap { annotations.contains($0.keyword) ? nil : $0.keyword }
    }

    private static func plainForm(_ name: String) -> [UInt8] {
        name.utf8.filter { $0 != UInt8(ascii: "_") && $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: "$") }.map {
            (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 + 32 : $0
        }
    }

    /// Insertions, deletions, replacements and swaps of neighbours between two words.
    private static func distance(_ one: [UInt8], _ other: [UInt8]) -> Int {
        var before: [Int] = []
        var previous = Array(0...other.count)
        for (row, letter) in one.enumerated() {
            var current = [row + 1]
            for (column, against) in other.enumerated() {
                var least = min(
                    previous[column] + (letter == against ? 0 : 1), previous[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, letter == other[column - 1], one[row - 1] == against {
                    least = min(least, before[column - 1] + 1)
                }
                current.append(least)
            }
            before = previous
            previous = current
        }
        return previous[other.count]
    }
}
