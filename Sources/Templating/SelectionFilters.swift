/// Filters that look at each element: choosing, mapping, ordering.
enum SelectionFilter: String, Sendable {
    case map, select, reject, selectattr, rejectattr, sort, unique, min, max, groupby, dictsort
}

/// A path like `address.city` or an index, as filters take it.
struct AttributePath {
    let keys: [Value]

    init(_ value: Value?) throws(TemplateError) {
        switch value {
        case nil, .some(.none): keys = []
        case .string(let text)?:
            keys = text.string.split(separator: ".", omittingEmptySubsequences: false).map { part in
                Int(part).map { .int($0) } ?? .string(String(part))
            }
        case let index?: keys = [index]
        }
    }
}

extension Renderer {
    func apply(_ filter: SelectionFilter, to value: Value, _ arguments: Arguments) throws(TemplateError) -> Value {
        switch filter {
        case .map: return try map(value, arguments)
        case .select: return select(value, arguments, looksUp: false, keeps: true)
        case .reject: return select(value, arguments, looksUp: false, keeps: false)
        case .selectattr: return select(value, arguments, looksUp: true, keeps: true)
        case .rejectattr: return select(value, arguments, looksUp: true, keeps: false)
        case .sort: return try sort(value, arguments)
        case .unique: return try unique(value, arguments)
        case .min: return try extreme(value, arguments, isMaximum: false)
        case .max: return try extreme(value, arguments, isMaximum: true)
        case .groupby: return try group(value, arguments)
        case .dictsort: return try dictsort(value, arguments)
        }
    }

    /// A path out of an argument.
    func path(_ value: Value?) throws(TemplateError) -> AttributePath {
        if case .string(let text)? = value { try charge(4 * text.string.utf8.count) }
        return try AttributePath(value)
    }

    /// What stands at the end of a path; undefined if it leads nowhere.
    func follow(_ path: AttributePath, from value: Value) throws(TemplateError) -> Value {
        var value = value
        try charge(path.keys.count)
        for key in path.keys { value = try item(key, of: value) }
        return value
    }

    private func key(of value: Value, ignoringCase: Bool) throws(TemplateError) -> Value {
        guard ignoringCase, case .string(let text) = value else { return value }
        try charge(bytes: text.string.utf8.count)
        return .string(text.string.lowercased())
    }

    private func makeGenerator(
        over value: Value, _ part: @escaping (Value) throws(TemplateError) -> Value?
    ) -> Value {
        .generator(
            Generator(depth: value.depth) { [self] () throws(TemplateError) in
                try nested { () throws(TemplateError) in
                    var results: [Value] = []
                    guard value.isTrue else { return results }
                    for element in try elements(of: value) {
                        try charge(1)
                        if let result = try part(element) { results.append(try checked(result)) }
                    }
                    return results
                }
            })
    }

    // MARK: Mapping and choosing

    private func map(_ value: Value, _ arguments: Arguments) throws(TemplateError) -> Value {
        if arguments.positional.isEmpty, arguments.named.contains(where: { $0.name == "attribute" }) {
            let values = try arguments.bound(to: "attribute", "default", by: "map")
            let path = try path(values[0])
            return makeGenerator(over: value) { [self] element throws(TemplateError) in
                var found = element
                for key in path.keys {
                    found = try item(key, of: found)
                    if found.isUndefined, let preset = values[1], !preset.isNone { found = preset }
                }
                return found
            }
        }
        var rest = arguments
        let name = try string(rest.positional.isEmpty ? nil : rest.positional.removeFirst(), or: "")
        return makeGenerator(over: value) { [self] element throws(TemplateError) in
            guard let filter = Filter(name: name) else { throw TemplateError("unknown filter '\(name)'") }
            return try apply(filter, to: element, rest)
        }
    }

    private func select(_ value: Value, _ arguments: Arguments, looksUp: Bool, keeps: Bool) -> Value {
        makeGenerator(over: value) { [self] element throws(TemplateError) in
            var rest = arguments
            var subject = element
            if looksUp {
                guard !rest.positional.isEmpty else { throw TemplateError("Missing parameter for attribute name") }
                subject = try follow(try path(rest.positional.removeFirst()), from: element)
            }
            guard !rest.positional.isEmpty else { return subject.isTrue == keeps ? element : nil }
            let name = try string(rest.positional.removeFirst(), or: "")
            guard let test = ValueTest(name: name) else { throw TemplateError("unknown test '\(name)'") }
            return try holds(test, of: subject, rest) == keeps ? element : nil
        }
    }

    // MARK: Order

    private func sort(_ value: Value, _ arguments: Arguments) throws(TemplateError) -> Value {
        let values = try arguments.bound(to: "reverse", "case_sensitive", "attribute", by: "sort")
        let ignoresCase = !(values[1]?.isTrue ?? false)
        var paths = [try path(values[2])]
        if case .string(let text)? = values[2] {
            paths = []
            for part in text.string.split(separator: ",", omittingEmptySubsequences: false) {
                paths.append(try path(.string(String(part))))
            }
        }
        let elements = try elements(of: value)
        var keys: [Value] = []
        for element in elements {
            var parts: [Value] = []
            for path in paths { parts.append(try key(of: try follow(path, from: element), ignoringCase: ignoresCase)) }
            keys.append(.list(parts))
        }
        return .list(try sorted(elements, by: keys, isReversed: values[0]?.isTrue ?? false))
    }

    private func unique(_ value: Value, _ arguments: Arguments) throws(TemplateError) -> Value {
        let values = try arguments.bound(to: "case_sensitive", "attribute", by: "unique")
        let ignoresCase = !(values[0]?.isTrue ?? false)
        let path = try path(values[1])
        return .generator(
            Generator(depth: value.depth) { [self] () throws(TemplateError) in
                var seen: Set<TableKey> = []
                var results: [Value] = []
                for element in try elements(of: value) {
                    let key = try key(of: try follow(path, from: element), ignoringCase: ignoresCase)
                    if seen.insert(try self.key(key)).inserted { results.append(element) }
                }
                return results
            })
    }

    private func extreme(_ value: Value, _ arguments: Arguments, isMaximum: Bool) throws(TemplateError) -> Value {
        let values = try arguments.bound(to: "case_sensitive", "attribute", by: isMaximum ? "max" : "min")
        let ignoresCase = !(values[0]?.isTrue ?? false)
        let path = try path(values[1])
        var best: (key: Value, element: Value)?
        for element in try elements(of: value) {
            let key = try key(of: try follow(path, from: element), ignoringCase: ignoresCase)
            guard let known = best else {
                best = (key, element)
                continue
            }
            let isBetter = isMaximum ? try isLess(known.key, key, symbol: ">") : try isLess(key, known.key, symbol: "<")
            if isBetter { best = (key, element) }
        }
        return best?.element ?? .undefined(.hint("No aggregated item, sequence was empty."))
    }

    private func group(_ value: Value, _ arguments: Arguments) throws(TemplateError) -> Value {
        let values = try arguments.bound(to: "attribute", "default", "case_sensitive", by: "groupby")
        let ignoresCase = !(values[2]?.isTrue ?? false)
        let path = try path(values[0])
        let elements = try elements(of: value)
        var groupers: [Value] = []
        var keys: [Value] = []
        for element in elements {
            var grouper = try follow(path, from: element)
            if grouper.isUndefined, let preset = values[1], !preset.isNone { grouper = preset }
            groupers.append(grouper)
            keys.append(try key(of: grouper, ignoringCase: ignoresCase))
        }
        let order = try sorted(elements.indices.map { .int($0) }, by: keys, isReversed: false).compactMap(\.integer)
        var groups: [(first: Int, members: [Value])] = []
        for index in order {
            if let last = groups.last, try areEqual(keys[last.first], keys[index]) {
                groups[groups.count - 1].members.append(elements[index])
            } else {
                groups.append((index, [elements[index]]))
            }
        }
        return .list(groups.map { .tuple(Elements([groupers[$0.first], .list($0.members)], isGroup: true)) })
    }

    private func dictsort(_ value: Value, _ arguments: Arguments) throws(TemplateError) -> Value {
        let values = try arguments.bound(to: "case_sensitive", "by", "reverse", by: "dictsort")
        guard case .dict(let table) = value else {
            if case .undefined(let undefined) = value { throw TemplateError(undefined.message) }
            throw TemplateError("'\(value.typeName)' object has no attribute 'items'")
        }
        let by = try string(values[1], or: "key")
        guard by == "key" || by == "value" else {
            throw TemplateError("You can only sort by either \"key\" or \"value\"")
        }
        let ignoresCase = !(values[0]?.isTrue ?? false)
        var keys: [Value] = []
        for (key, value) in table.members {
            keys.append(try self.key(of: by == "key" ? key : value, ignoringCase: ignoresCase))
        }
        let pairs = TableView(table: table, kind: .items).values
        return .list(try sorted(pairs, by: keys, isReversed: values[2]?.isTrue ?? false))
    }
}
