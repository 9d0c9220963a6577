using System.Globalization;
using System.Text;

namespace Kindred.Store.Filters;

/// <summary>Reads the filter language of docs/filters.md.</summary>
/// <remarks>Bounded in length, depth and number of conditions: a filter comes from outside.</remarks>
internal sealed class FilterParser
{
    private const int MaxLength = 16 * 1024, MaxDepth = 64, MaxConditions = 256, MaxValues = 1024, MaxPath = 16;

    private readonly string _text;
    private int _at;
    private int _depth;
    private int _conditions;
    private int _values;

    private FilterParser(string text) => _text = text;

    /// <exception cref="FilterSyntaxException">The text is no filter; says where.</exception>
    public static Filter Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > MaxLength) throw new FilterSyntaxException($"longer than {MaxLength} characters", MaxLength);
        var parser = new FilterParser(text);
        var filter = parser.Or();
        parser.Space();
        if (parser._at < text.Length) throw parser.Fail(parser.Peek() == ')' ? "a ')' too many" : "'and' or 'or' expected");
        return filter;
    }

    private Filter Or()
    {
        var first = And();
        if (!Word("or")) return first;
        var parts = new List<Filter> { first };
        do parts.Add(And());
        while (Word("or"));
        return new Filter.Or(parts);
    }

    private Filter And()
    {
        var first = Unary();
        if (!Word("and")) return first;
        var parts = new List<Filter> { first };
        do parts.Add(Unary());
        while (Word("and"));
        return new Filter.And(parts);
    }

    private Filter Unary()
    {
        if (++_depth > MaxDepth) throw Fail($"more than {MaxDepth} levels deep");
        Filter filter;
        if (Word("not")) filter = new Filter.Not(Unary());
        else if (Symbol("("))
        {
            filter = Or();
            if (!Symbol(")")) throw Fail("')' expected");
        }
        else filter = Condition();
        _depth--;
        return filter;
    }

    private Filter Condition()
    {
        if (++_conditions > MaxConditions) throw Fail($"more than {MaxConditions} conditions");
        var field = Field();
        if (Word("exists")) return new Filter.Exists(field);
        bool negative = Word("not");
        Filter filter;
        if (Word("in")) filter = new Filter.In(field, [.. Values().Select(value => Timed(field, value))]);
        else if (Word("has"))
        {
            if (field.Column is not null) throw Fail("'has' looks into a list, and the fields of a file hold one value each");
            filter = new Filter.Has(field, Value());
        }
        else if (Word("like"))
        {
            Space();
            int start = _at;
            filter = new Filter.Like(field, Value().Value as string ?? throw new FilterSyntaxException("'like' wants a text in quotes", start));
        }
        else if (negative && Word("exists")) filter = new Filter.Exists(field);
        else if (negative) throw Fail("'in', 'has', 'like' or 'exists' expected");
        else filter = Compared(field);
        return negative ? new Filter.Not(filter) : filter;
    }

    private Filter.Compare Compared(FilterField field)
    {
        Space();
        if (string.CompareOrdinal(_text, _at, "==", 0, 2) == 0) throw Fail("'==' is no comparison: '=' is meant");

        // the longer sign first
        var how = Symbol("!=") ? Comparison.NotEqual
            : Symbol("<=") ? Comparison.LessOrEqual
            : Symbol(">=") ? Comparison.GreaterOrEqual
            : Symbol("=") ? Comparison.Equal
            : Symbol("<") ? Comparison.Less
            : Symbol(">") ? Comparison.Greater
            : throw Fail("a comparison expected: =, !=, <, <=, >, >=, in, has, like or exists");
        Space();
        int start = _at;
        var value = Value();
        if (value.Value is null or bool && how is not (Comparison.Equal or Comparison.NotEqual))
            throw new FilterSyntaxException("true, false and null can only be compared by = and !=", start);
        return new Filter.Compare(field, how, Timed(field, value));
    }

    /// <summary>A time with an offset is compared as the store writes times.</summary>
    private static FilterValue Timed(FilterField field, FilterValue value) =>
        field.IsTime && value.Value is string time ? new FilterValue(Storage.TimeText.Normal(time)) : value;

    private List<FilterValue> Values()
    {
        if (!Symbol("(")) throw Fail("'(' expected after 'in'");
        var values = new List<FilterValue>();
        do values.Add(Value());
        while (Symbol(","));
        if (!Symbol(")")) throw Fail("',' or ')' expected");
        return values;
    }

    private FilterField Field()
    {
        Space();
        int start = _at;
        var path = new List<string>();
        bool plain = Peek() != '[';
        do
        {
            path.Add(Name());
            if (path.Count > MaxPath) throw Fail($"more than {MaxPath} names in a field");
        }
        while (Dot());
        if (plain && path.Count == 1)
        {
            if (path[0] is var word && IsKeyword(word))
                throw new FilterSyntaxException($"a field expected, not '{word}' (a field of that name is written [{word}])", start);
            if (FilterField.File(path[0]) is { } file) return file;
        }
        return FilterField.Payload(path);
    }

    private static readonly string[] Keywords = ["and", "or", "not", "in", "has", "like", "exists", "true", "false", "null"];

    public static bool IsKeyword(string name) => Keywords.Contains(name, StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a name may hold the sign without brackets.</summary>
    public static bool IsPlain(char sign) => char.IsLetterOrDigit(sign) || char.IsSurrogate(sign) || sign is '_' or '-';

    /// <summary>A name of letters, digits, _ and -, or anything in brackets, where ]] is a bracket.</summary>
    private string Name()
    {
        int start = _at;
        if (Peek() != '[')
        {
            while (_at < _text.Length && IsPlain(_text[_at])) _at++;
            if (_at == start) throw Fail("a field expected");
            return _text[start.._at];
        }
        string name = Quoted(']', "the [ of a field is never closed");
        if (name.Length == 0) throw new FilterSyntaxException("a field without a name", start);
        return name;
    }

    private FilterValue Value()
    {
        if (++_values > MaxValues) throw Fail($"more than {MaxValues} values");
        Space();
        char c = Peek();
        if (c is '\'' or '"') return new FilterValue(Quoted(c, "the quote is never closed"));
        if (Word("true")) return new FilterValue(true);
        if (Word("false")) return new FilterValue(false);
        if (Word("null")) return new FilterValue(null);
        int start = _at;
        while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || _text[_at] is '.' or '+' or '-')) _at++;
        var digits = _text.AsSpan(start, _at - start);
        if (long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole)) return new FilterValue(whole);
        const NumberStyles Real = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        if (digits.Length > 0 && (char.IsAsciiDigit(digits[^1]) || digits[^1] == '.') && double.TryParse(digits, Real, CultureInfo.InvariantCulture, out double real)
            && double.IsFinite(real))
            return new FilterValue(real);
        throw new FilterSyntaxException(digits.Length == 0 ? "a value expected" : "a value expected: a number, true, false, null, or a text in quotes", start);
    }

    /// <summary>What stands between quotes, where the closing one doubled is itself.</summary>
    private string Quoted(char close, string unclosed)
    {
        int start = _at++;
        var text = new StringBuilder();
        while (_at < _text.Length)
        {
            char c = _text[_at++];
            if (c != close) text.Append(c);
            else if (Peek() == close)
            {
                text.Append(c);
                _at++;
            }
            else return text.ToString();
        }
        throw new FilterSyntaxException(unclosed, start);
    }

    private bool Dot()
    {
        if (Peek() != '.') return false;
        _at++;
        return true;
    }

    private bool Symbol(string symbol)
    {
        Space();
        if (string.CompareOrdinal(_text, _at, symbol, 0, symbol.Length) != 0) return false;
        _at += symbol.Length;
        return true;
    }

    private bool Word(string word)
    {
        Space();
        int end = _at + word.Length;
        if (end > _text.Length || !_text.AsSpan(_at, word.Length).Equals(word, StringComparison.OrdinalIgnoreCase)) return false;
        if (end < _text.Length && (char.IsLetterOrDigit(_text[end]) || _text[end] is '_' or '-' or '.')) return false;
        _at = end;
        return true;
    }

    private void Space()
    {
        while (_at < _text.Length && char.IsWhiteSpace(_text[_at])) _at++;
    }

    private char Peek() => _at < _text.Length ? _text[_at] : '\0';

    private FilterSyntaxException Fail(string problem) => new(_at >= _text.Length ? $"ends too early, {problem}" : problem, _at);
}
