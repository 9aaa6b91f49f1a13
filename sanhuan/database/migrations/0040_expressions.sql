-- Functions that compiled formulas call. All are immutable, strict (null in, null out)
-- and never raise; where an argument has no result they give null, and the caller
-- says which error that is.

-- Whole powers from -100 to 100, exact, rounded once to 12 places; null when too large.
create function kernel.formula_power(base numeric, exponent numeric) returns numeric
language plpgsql immutable strict parallel safe as $$
declare
    times integer;
    product numeric := 1;
begin
    if exponent <> trunc(exponent) or abs(exponent) > 100 or (base = 0 and exponent < 0) then
        return null;
    end if;
    times := abs(exponent)::integer;
    if times = 0 then
        return 1;
    end if;
    if abs(base) >= 1e26 then
        return case when exponent < 0 then 0 end;
    end if;
    for step in 1..times loop
        product := product * base;
        exit when abs(product) >= 1e60;
    end loop;
    if exponent > 0 then
        product := round(product, 12);
        return case when abs(product) < 1e26 then product end;
    end if;
    -- 1 / product, rounded half away from zero: 13 digits by whole division, then rounded.
    product := round(div(1e13, product) * 1e-13, 12);
    return case when abs(product) < 1e26 then product end;
end $$;

-- Rounded away from zero to a number of decimals.
create function kernel.formula_round_up(value numeric, places integer) returns numeric
language sql immutable strict parallel safe as $$
    select case
        when trunc(value, places) = value then value
        else trunc(value, places) + sign(value) * case
            when places >= 0 then round(('1e-' || places)::numeric, places)
            else ('1e' || -places)::numeric
        end
    end
$$;

-- A text as a number: thousands commas, full-width forms, a percent sign.
create function kernel.formula_number(value text) returns numeric
language plpgsql immutable strict parallel safe as $$
declare
    plain text;
    found text[];
begin
    plain := btrim(
        translate(
            value,
            '！＂＃＄％＆＇（）＊＋，－．／０１２３４５６７８９：；＜＝＞？＠ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺ［＼］＾＿｀ａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ｛｜｝～' || U&'\3000',
            '!"#$%&''()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\]^_`abcdefghijklmnopqrstuvwxyz{|}~ '
        ),
        U&' \0009\000D\000A\3000\00A0'
    );
    found := regexp_match(plain, '^([+-]?)([0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(\.[0-9]+)?(%?)$');
    if found is null then
        return null;
    end if;
    found[2] := replace(found[2], ',', '');
    if length(found[2]) > 26 or length(coalesce(found[3], '')) > 13 then
        return null;
    end if;
    return case found[4]
        when '%' then round((found[1] || found[2] || coalesce(found[3], ''))::numeric * 0.01, 12)
        else (found[1] || found[2] || coalesce(found[3], ''))::numeric
    end;
end $$;

-- A number in a format: least whole digits, decimals, thousands commas, percent sign.
create function kernel.formula_number_text(
    value numeric, digits integer, places integer, grouped boolean, percent boolean
) returns text
language plpgsql immutable strict parallel safe as $$
declare
    rounded numeric := round(case when percent then value * 100 else value end, places);
    parts text[] := string_to_array(abs(rounded)::text, '.');
    whole text := parts[1];
begin
    if length(whole) < digits then
        whole := lpad(whole, digits, '0');
    end if;
    if grouped then
        whole := reverse(regexp_replace(reverse(whole), '([0-9]{3})(?=[0-9])', '\1,', 'g'));
    end if;
    return case when rounded < 0 then '-' else '' end
        || whole
        || case when places > 0 then '.' || parts[2] else '' end
        || case when percent then '%' else '' end;
end $$;

-- One group of four digits of an amount in capitals.
create function kernel.formula_rmb_section(section integer) returns text
language plpgsql immutable strict parallel safe as $$
declare
    result text := '';
    gap boolean := false;
    digit integer;
begin
    for place in reverse 3..0 loop
        digit := (section / (10 ^ place)::integer) % 10;
        if digit = 0 then
            gap := result <> '';
        else
            result := result || case when gap then '零' else '' end
                || substr('壹贰叁肆伍陆柒捌玖', digit, 1)
                || (array['', '拾', '佰', '仟'])[place + 1];
            gap := false;
        end if;
    end loop;
    return result;
end $$;

-- An amount of yuan in Chinese capitals, rounded to fen first; null from 10^16 on.
create function kernel.formula_rmb(value numeric) returns text
language plpgsql immutable strict parallel safe as $$
declare
    fen numeric := round(value, 2) * 100;
    yuan numeric := div(abs(fen), 100);
    cents integer;
    section integer;
    whole text := '';
    gap boolean := false;
begin
    if abs(fen) >= 1e18 then
        return null;
    end if;
    if fen = 0 then
        return '零元整';
    end if;
    cents := (abs(fen) - yuan * 100)::integer;
    for place in reverse 3..0 loop
        section := mod(div(yuan, (array[1, 1e4, 1e8, 1e12])[place + 1]), 1e4)::integer;
        if section = 0 then
            gap := whole <> '';
        else
            whole := whole
                || case when gap or (whole <> '' and section < 1000) then '零' else '' end
                || kernel.formula_rmb_section(section)
                || case
                    when place = 3 and mod(div(yuan, 1e8), 1e4) = 0 then '万亿'
                    else (array['', '万', '亿', '万'])[place + 1]
                end;
            gap := false;
        end if;
    end loop;
    return case when fen < 0 then '负' else '' end
        || whole
        || case when yuan > 0 then '元' else '' end
        || case
            when cents = 0 then '整'
            when cents < 10 then case when yuan > 0 then '零' else '' end
                || substr('壹贰叁肆伍陆柒捌玖', cents, 1) || '分'
            else substr('壹贰叁肆伍陆柒捌玖', cents / 10, 1) || '角'
                || case when cents % 10 = 0 then '整'
                    else substr('壹贰叁肆伍陆柒捌玖', cents % 10, 1) || '分' end
        end;
end $$;

-- The unified social credit code of GB 32100-2015, with its check digit.
create function kernel.formula_is_credit_code(value text) returns boolean
language plpgsql immutable strict parallel safe as $$
declare
    letters constant text := '0123456789ABCDEFGHJKLMNPQRTUWXY';
    weight integer := 1;
    total integer := 0;
begin
    if value !~ '^[0-9A-HJ-NPQRTUWXY]{18}$' then
        return false;
    end if;
    for place in 1..17 loop
        total := total + (strpos(letters, substr(value, place, 1)) - 1) * weight;
        weight := weight * 3 % 31;
    end loop;
    return (31 - total % 31) % 31 = strpos(letters, substr(value, 18, 1)) - 1;
end $$;

-- The date of year, month and day; null when there is none from 1900 to 9999.
create function kernel.formula_date(year numeric, month numeric, day numeric) returns date
language plpgsql immutable strict parallel safe as $$
declare
    first date;
    made date;
begin
    if year <> trunc(year) or month <> trunc(month) or day <> trunc(day)
        or year not between 1900 and 9999 or month not between 1 and 12
        or day not between 1 and 31 then
        return null;
    end if;
    first := make_date(year::integer, month::integer, 1);
    made := first + (day::integer - 1);
    return case when extract(month from made) = extract(month from first) then made end;
end $$;

-- The date that a text means: 2025-03-01, 2025/3/1, 2025年3月1日; null for none.
create function kernel.formula_read_date(value text) returns date
language plpgsql immutable strict parallel safe as $$
declare
    plain text := btrim(
        translate(value, '０１２３４５６７８９－／' || U&'\3000', '0123456789-/ '),
        U&' \0009\000D\000A\3000\00A0'
    );
    found text[];
begin
    found := coalesce(
        regexp_match(plain, '^([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})$'),
        regexp_match(plain, '^([0-9]{4})/([0-9]{1,2})/([0-9]{1,2})$'),
        regexp_match(plain, '^([0-9]{4})年([0-9]{1,2})月([0-9]{1,2})日$')
    );
    return kernel.formula_date(found[1]::numeric, found[2]::numeric, found[3]::numeric);
end $$;

-- The wall clock of a day, hour, minute and second; null when there is none.
create function kernel.formula_wall(
    day date, hour numeric, minute numeric, second numeric
) returns timestamp
language sql immutable strict parallel safe as $$
    select case
        when hour = trunc(hour) and minute = trunc(minute) and second = trunc(second)
            and hour between 0 and 23 and minute between 0 and 59 and second between 0 and 59
        then day + make_interval(hours => hour::integer, mins => minute::integer, secs => second::integer)
    end
$$;

-- A day some whole months on, cut to the end of the month; null outside 1900 to 9999.
create function kernel.formula_add_months(day date, months numeric) returns date
language sql immutable strict parallel safe as $$
    select case
        when months = trunc(months)
            and extract(year from day) * 12 + extract(month from day) - 1 + months
                between 1900 * 12 and 9999 * 12 + 11
        then (day::timestamp + make_interval(months => months::integer))::date
    end
$$;

-- Complete months from one day to a later one.
create function kernel.formula_months_between(first date, last date) returns integer
language sql immutable strict parallel safe as $$
    select ((extract(year from last) - extract(year from first)) * 12
        + extract(month from last) - extract(month from first))::integer
        - case when extract(day from last) < extract(day from first) then 1 else 0 end
$$;

-- DATEDIF in Y, M, YM, MD, YD: negative when the days are turned round.
create function kernel.formula_date_difference(first date, last date, unit text)
returns numeric
language plpgsql immutable strict parallel safe as $$
declare
    months integer;
begin
    if first > last then
        return -kernel.formula_date_difference(last, first, unit);
    end if;
    months := kernel.formula_months_between(first, last);
    return case unit
        when 'Y' then months / 12
        when 'M' then months
        when 'YM' then months % 12
        when 'MD' then last - kernel.formula_add_months(first, months)
        when 'YD' then last - kernel.formula_add_months(first, months / 12 * 12)
        else last - first
    end;
end $$;

-- Views and stored formulas of the DDL role may call them too.
grant execute on all functions in schema kernel to sanhuan_ddl;
