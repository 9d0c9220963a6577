using System.Globalization;

namespace Kindred.Learning.Tables;

/// <summary>
/// Turns the rows of a table, numbers and names mixed, into vectors whose distance means something: numbers are scaled to unit variance (after log(1 + x)
/// where they are skewed), names become indicators, missing values are filled and marked. Numbers are read the same in every locale. Several threads may encode.
/// </summary>
public sealed class TableEncoder
{
    /// <summary>The most names a column keeps apart; rarer ones share an indicator.</summary>
    public const int MaxCategories = 100;

    // half the squared distance of two numbers a standard deviation apart would be 0.7; names tell less, or rare ones would drown the numbers
    private const float Indicator = 0.35f;

    // a name never seen is as far out as a number two standard deviations off
    private const float Unseen = 2f;
    private const float Farthest = 1e4f;
    private const double MostSkew = 5;
    private const int MostConstant = 3;

    // the share of a column's values that must be numbers for it to hold numbers
    private const double MostNumbers = 0.9;

    private static readonly HashSet<string> MissingMarks = new(StringComparer.OrdinalIgnoreCase) { "", "na", "n/a", "nan", "null", "none", "?" };

    private readonly int[] _place;
    private readonly Dictionary<string, int>?[] _categories;

    /// <summary>An encoder of known columns.</summary>
    /// <param name="columns">As <see cref="Fit"/> learnt them.</param>
    /// <exception cref="ArgumentException">A column is not one that can have been learnt.</exception>
    public TableEncoder(IReadOnlyList<TableColumn> columns)
    {
        ArgumentNullException.ThrowIfNull(columns);
        Columns = [.. columns];
        _place = new int[Columns.Count];
        _categories = new Dictionary<string, int>?[Columns.Count];
        int at = 0;
        for (int c = 0; c < Columns.Count; c++)
        {
            var column = Columns[c];
            if (!double.IsFinite(column.Mean) || !double.IsFinite(column.Median) || !(column.Scale > 0 && double.IsFinite(column.Scale)))
                throw new ArgumentException($"Column {column.Name} has no finite mean and scale.", nameof(columns));
            if (column.Kind == ColumnKind.Number) _place[c] = at++;
        }

        Numbers = at;
        for (int c = 0; c < Columns.Count; c++)
        {
            var column = Columns[c];
            if (column.Kind == ColumnKind.Number) at += column.HadMissing ? 1 : 0;
            else if (column.Kind != ColumnKind.Ignored) _place[c] = at;
            if (column.Kind == ColumnKind.Constant) at++;
            if (column.Kind != ColumnKind.Category) continue;
            _categories[c] = new Dictionary<string, int>(StringComparer.Ordinal);
            for (int i = 0; i < column.Categories.Count; i++)
                if (!_categories[c]!.TryAdd(column.Categories[i], Math.Min(i, MaxCategories))) throw new ArgumentException($"Column {column.Name} has the name {column.Categories[i]} twice.", nameof(columns));
            at += Width(column);
        }

        Dimensions = at;
    }

    /// <summary>The columns in their order, ignored ones too.</summary>
    public IReadOnlyList<TableColumn> Columns { get; }

    /// <summary>How many components come first that are scaled numbers; indicators follow.</summary>
    public int Numbers { get; }

    /// <summary>Components of a vector.</summary>
    public int Dimensions { get; }

    /// <summary>Learns what the columns hold.</summary>
    /// <param name="names">The columns' names.</param>
    /// <param name="rows">Their values as text; a row may be shorter than the names: what it lacks is missing.</param>
    /// <exception cref="ArgumentException">There are no rows, or no column that anything can be learnt from; or numbers are written with commas.</exception>
    public static TableEncoder Fit(IReadOnlyList<string> names, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        ArgumentNullException.ThrowIfNull(names);
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.Count == 0) throw new ArgumentException("There is no row to learn from.", nameof(rows));
        var encoder = new TableEncoder([.. names.Select((name, c) => Learn(name, rows, c))]);
        if (encoder.Dimensions == 0) throw new ArgumentException($"No column can be learnt from: {(names.Count == 0 ? "there is none" : string.Join("; ", encoder.Columns.Select(c => $"{c.Name} {c.Reason}")))}.", nameof(names));
        return encoder;
    }

    /// <summary>Whether a value is missing: blank, NA, N/A, NaN, null, none or ?.</summary>
    /// <param name="value">The text of a cell.</param>
    public static bool IsMissing(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return value.Length == 0 || MissingMarks.Contains(value.Trim());
    }

    /// <summary>Whether a column holds numbers: nine in ten of the values that are not missing are some, and one at least is finite. A few stray texts do not make names of it.</summary>
    /// <param name="values">The texts of its cells.</param>
    public static bool IsNumeric(IEnumerable<string> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        int there = 0, numbers = 0, finite = 0;
        foreach (string value in values)
        {
            if (IsMissing(value)) continue;
            there++;
            if (TryNumber(value, out _)) finite++;
            else if (!IsInfinite(value)) continue;
            numbers++;
        }

        return finite > 0 && numbers >= MostNumbers * there;
    }

    /// <summary>A value of a column whose numbers are written with commas, before the decimals or between thousands, which nobody can tell apart: it is no column of names.</summary>
    /// <param name="values">The texts of its cells.</param>
    /// <returns>The first such value; null where fewer than nine in ten of the values that are not missing are such numbers.</returns>
    public static string? NumberWithComma(IEnumerable<string> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        string? first = null;
        int there = 0, numbers = 0;
        foreach (string value in values)
        {
            if (IsMissing(value)) continue;
            there++;
            if (TryNumber(value, out _)) numbers++;
            else if (HasComma(value))
            {
                numbers++;
                first ??= value.Trim();
            }
        }

        return numbers >= MostNumbers * there ? first : null;
    }

    /// <summary>Whether a column had a name when it was learnt; true of what stands in a column that holds no names.</summary>
    /// <param name="column">The place of the column.</param>
    /// <param name="value">The text of a cell.</param>
    public bool Knows(int column, string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return _categories[column]?.ContainsKey(IsMissing(value) ? "" : value.Trim()) != false;
    }

    /// <summary>Turns a row into a vector.</summary>
    /// <param name="row">The values in the order of <see cref="Columns"/>.</param>
    /// <param name="vector">Receives shape [<see cref="Dimensions"/>].</param>
    /// <returns>What is wrong with the row, such as text in a column of numbers; null where nothing is.</returns>
    /// <exception cref="ArgumentException">The vector's shape is not [dimensions].</exception>
    public string? Encode(IReadOnlyList<string> row, Span<float> vector)
    {
        ArgumentNullException.ThrowIfNull(row);
        if (vector.Length != Dimensions) throw new ArgumentException($"The vector has {vector.Length} components, {Dimensions} are wanted.", nameof(vector));
        vector.Clear();
        int marks = Numbers;
        for (int c = 0; c < Columns.Count; c++)
        {
            var column = Columns[c];
            string value = c < row.Count ? row[c] : "";
            bool missing = IsMissing(value);
            if (column.Kind == ColumnKind.Category)
            {
                marks += Width(column);
                int at = _categories[c]!.TryGetValue(missing ? "" : value.Trim(), out int i) ? i : Width(column) - 1;
                vector[_place[c] + at] = at == Width(column) - 1 ? Unseen : Indicator;
            }
            else if (column.Kind != ColumnKind.Ignored)
            {
                double number = column.Median;
                if (!missing && !TryNumber(value, out number)) return $"column {column.Name} holds \"{Cut(value)}\", where a number is wanted";
                vector[_place[c]] = Scaled(column, number);
                if (column.Kind == ColumnKind.Constant) marks++;
                else if (column.HadMissing) vector[marks++] = missing ? Indicator : 0;
            }
        }

        return null;
    }

    /// <summary>A row as a vector.</summary>
    /// <param name="row">The values in the order of <see cref="Columns"/>.</param>
    /// <exception cref="FormatException">A value is no number where one is wanted.</exception>
    public float[] Encode(IReadOnlyList<string> row)
    {
        float[] vector = new float[Dimensions];
        return Encode(row, vector) is { } problem ? throw new FormatException(problem) : vector;
    }

    /// <summary>How far a column's components of two vectors lie apart.</summary>
    /// <param name="column">The place of the column.</param>
    /// <param name="x">A vector of this encoder.</param>
    /// <param name="y">Another, or a mean of some.</param>
    /// <returns>The squared distance.</returns>
    public double SquaredDistance(int column, ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        var kind = Columns[column].Kind;
        if (kind == ColumnKind.Ignored) return 0;
        int width = kind == ColumnKind.Category ? Width(Columns[column]) : 1;
        double sum = 0;
        for (int i = _place[column]; i < _place[column] + width; i++) sum += (double)(x[i] - y[i]) * (x[i] - y[i]);
        return sum;
    }

    /// <summary>What a column's components stand for: the number, or the name whose indicator is largest.</summary>
    /// <param name="column">The place of the column.</param>
    /// <param name="vector">A vector of this encoder, or a mean of some.</param>
    /// <returns>A text; empty for an ignored column or a name that was not kept.</returns>
    public string Decode(int column, ReadOnlySpan<float> vector)
    {
        var known = Columns[column];
        if (known.Kind == ColumnKind.Ignored) return "";
        if (known.Kind == ColumnKind.Category)
        {
            var part = vector.Slice(_place[column], Width(known));
            int best = 0;
            for (int i = 1; i < part.Length; i++)
                if (part[i] > part[best]) best = i;
            return best < Math.Min(known.Categories.Count, MaxCategories) ? known.Categories[best] : "";
        }

        double number = (vector[_place[column]] * known.Scale) + known.Mean;
        if (Math.Abs(number) < 1e-6 * (known.Scale + Math.Abs(known.Mean))) number = 0;   // what single precision leaves of 0
        return (known.Log ? Math.Exp(number) - 1 : number).ToString("G5", CultureInfo.InvariantCulture);
    }

    /// <summary>Where the components of a column that is not ignored start, and how many there are, but for the mark of a missing number.</summary>
    internal (int First, int Width) Place(int column) => (_place[column], Columns[column].Kind == ColumnKind.Category ? Width(Columns[column]) : 1);

    /// <summary>A number as people and programs write it, whatever the machine's locale.</summary>
    internal static bool TryNumber(string value, out double number) =>
        double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);

    /// <summary>Infinity as programs write it: of a column of numbers, though none that can be used.</summary>
    private static bool IsInfinite(string value) =>
        (double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsInfinity(number)) || value.AsSpan().Trim().TrimStart("+-").Equals("inf", StringComparison.OrdinalIgnoreCase);

    /// <summary>A number with one comma, or with one before every three digits: a list such as 1,2,5 is none.</summary>
    private static bool HasComma(string value)
    {
        string[] parts = value.Trim().Split(',');
        return (parts.Length == 2 || (parts.Length > 2 && parts[1..].All(part => part.Split('.')[0].Length == 3)))
            && double.TryParse(value, NumberStyles.Float | NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out _);
    }

    private static int Width(TableColumn column) => Math.Min(column.Categories.Count, MaxCategories + 1) + 1;

    private static float Scaled(TableColumn column, double number)
    {
        if (column.Log) number = number > -1 ? Math.Log(1 + number) : -Math.Log(1 - number);
        double z = (number - column.Mean) / column.Scale;
        double most = column.Kind == ColumnKind.Constant ? MostConstant : Farthest;
        return (float)Math.Clamp(z, -most, most);
    }

    private static TableColumn Learn(string name, IReadOnlyList<IReadOnlyList<string>> rows, int c)
    {
        var cells = rows.Select(row => c < row.Count ? row[c] : "");
        List<double> numbers = [];
        var names = new Dictionary<string, int>(StringComparer.Ordinal);
        int missing = 0, infinite = 0;
        foreach (var row in rows)
        {
            string value = c < row.Count ? row[c] : "";
            if (IsMissing(value))
            {
                missing++;
                continue;
            }

            if (TryNumber(value, out double number)) numbers.Add(number);
            else if (IsInfinite(value)) infinite++;
            value = value.Trim();
            names[value] = names.GetValueOrDefault(value) + 1;
        }

        int there = rows.Count - missing;
        if (there == 0) return new() { Name = name, Kind = ColumnKind.Ignored, Reason = "holds no value" };

        if (numbers.Count < MostNumbers * there && NumberWithComma(cells) is { } comma)
            throw new ArgumentException($"Column {name} holds numbers with commas, such as \"{Cut(comma)}\": write a point before the decimals, and nothing between thousands.", nameof(rows));

        // a few stray texts do not make a column of numbers one of names, and infinity is no name: their rows are told of instead
        if (numbers.Count > 0 && numbers.Count + infinite >= MostNumbers * there) return IsRowNumber(numbers, missing) ? new() { Name = name, Kind = ColumnKind.Ignored, Reason = "counts the rows" } : OfNumbers(name, numbers, missing > 0);
        if (there >= 20 && names.Count > there / 2) return new() { Name = name, Kind = ColumnKind.Ignored, Reason = $"has {names.Count} different names in {there} rows" };
        if (missing > 0) names[""] = missing;
        return new() { Name = name, Kind = ColumnKind.Category, HadMissing = missing > 0, Categories = [.. names.OrderByDescending(n => n.Value).ThenBy(n => n.Key, StringComparer.Ordinal).Select(n => n.Key)] };
    }

    private static bool IsRowNumber(List<double> numbers, int missing)
    {
        if (missing > 0 || numbers.Count < 20) return false;
        for (int i = 1; i < numbers.Count; i++)
            if (numbers[i] - numbers[i - 1] is < 1 or > 100 || numbers[i] != Math.Floor(numbers[i])) return false;
        return true;
    }

    private static TableColumn OfNumbers(string name, List<double> numbers, bool hadMissing)
    {
        numbers.Sort();
        double median = numbers[numbers.Count / 2], least = numbers[0];
        if (least == numbers[^1]) return new() { Name = name, Kind = ColumnKind.Constant, Mean = least, Median = least, HadMissing = hadMissing, Scale = least == 0 ? 1 : Math.Abs(least) };
        bool log = least >= 0 && Moments(numbers).Skew > MostSkew;
        var (mean, deviation, _) = Moments(log ? [.. numbers.Select(x => Math.Log(1 + x))] : numbers);
        return deviation > 1e-12 * Math.Abs(mean) && double.IsFinite(deviation)
            ? new() { Name = name, Kind = ColumnKind.Number, Log = log, Mean = mean, Scale = deviation, Median = median, HadMissing = hadMissing }
            : new() { Name = name, Kind = ColumnKind.Ignored, Reason = "holds numbers too large, or too close to one another" };
    }

    private static (double Mean, double Deviation, double Skew) Moments(List<double> numbers)
    {
        double mean = numbers.Average(), second = 0, third = 0;
        foreach (double x in numbers)
        {
            second += (x - mean) * (x - mean);
            third += (x - mean) * (x - mean) * (x - mean);
        }

        double deviation = Math.Sqrt(second / numbers.Count);
        return (mean, deviation, third / numbers.Count / (deviation * deviation * deviation));
    }

    private static string Cut(string text) => text.Length <= 40 ? text : text[..39] + "…";
}
