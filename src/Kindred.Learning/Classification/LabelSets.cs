namespace Kindred.Learning.Classification;

/// <summary>The classes of rows in a file: where each row's end, and all of them.</summary>
internal static class LabelSets
{
    public static void Save(ModelWriter writer, string name, int[][] labels)
    {
        int end = 0;
        writer.Add($"{name}.ends", [.. labels.Select(l => end += l.Length)], labels.Length);
        writer.Add($"{name}.labels", [.. labels.SelectMany(l => l)], end);
    }

    public static int[][] Load(ModelReader reader, string name, int rows, int classes)
    {
        int[] ends = reader.File.ReadInts($"{name}.ends", rows), all = reader.File.ReadIndices($"{name}.labels", classes, reader.Shape($"{name}.labels", 1)[0]);
        var labels = new int[rows][];
        for (int i = 0, at = 0; i < rows; at = ends[i++])
            labels[i] = ends[i] >= at && ends[i] <= all.Length ? all[at..ends[i]] : throw reader.File.Wrong($"{name}.ends", $"[{i}] is {ends[i]}, outside {at} to {all.Length}");
        return labels;
    }
}
